/** Reading a printed code and a PIN as people type them. Pure. Codes are ten characters of Crockford's base 32. */
import { PIN_DIGITS_MAX, PIN_DIGITS_MIN, SIGN_IN_CODE_CHARACTERS } from "../contracts/limits.ts";

const SYMBOLS = /^[0-9A-HJKMNP-TV-Z]+$/;

/** The code without spaces and hyphens, in capitals, with O, I and L read as digits; null when it cannot be one. */
export function readCode(typed: string): string | null {
  const code = typed
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[\s\-\u2010-\u2015\u2212_.·]/g, "")
    .replace(/O/g, "0")
    .replace(/[IL]/g, "1");
  return code.length === SIGN_IN_CODE_CHARACTERS && SYMBOLS.test(code) ? code : null;
}

/** Four to six digits, full width read as half width; null when it is no PIN. */
export function readPin(typed: string): string | null {
  const pin = typed.normalize("NFKC").replace(/\s/g, "");
  return /^[0-9]+$/.test(pin) && pin.length >= PIN_DIGITS_MIN && pin.length <= PIN_DIGITS_MAX ? pin : null;
}

/** The code in the fragment of a QR link, `#code=…`; null when there is none. */
export function codeInFragment(fragment: string): string | null {
  const code = /[#&]code=([^&]*)/.exec(fragment)?.[1];
  // Codes need no escaping; a space in one may come as "%20" or "+".
  return code === undefined ? null : readCode(code.replace(/%20|\+/g, ""));
}
