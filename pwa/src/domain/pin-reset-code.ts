/**
 * The code that a trainer reads out when a PIN was forgotten: twelve symbols of Crockford's base 32, the first of which tells the reset's
 * number modulo 32 and the others 55 bits of proof. Pure, and equal to the server's pin_resets.py for contracts/golden/pin_resets.json.
 */

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SYMBOLS = 12;

/** As people type it: without spaces and hyphens, O, I and L read as digits; null when it cannot be one. */
export function readResetCode(typed: string): string | null {
  const code = typed
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[\s\-\u2010-\u2015\u2212_.·]/g, "")
    .replace(/O/g, "0")
    .replace(/[IL]/g, "1");
  return code.length === SYMBOLS && [...code].every((symbol) => ALPHABET.includes(symbol)) ? code : null;
}

/** The one number above the last used that the code can be of: the nearest. */
export function numberOfCode(code: string, used: number): number {
  const told = ALPHABET.indexOf(code.charAt(0));
  const ahead = (((told - used) % ALPHABET.length) + ALPHABET.length) % ALPHABET.length;
  return used + (ahead === 0 ? ALPHABET.length : ahead);
}

/** What the proof of a reset is made over. */
export function resetMessage(person: string, number: number): string {
  return `xuetan-pin-reset/1\n${person}\n${number}`;
}

/** `proof`: HMAC-SHA256 of the message under the device's secret. */
export function codeOf(number: number, proof: Uint8Array): string {
  let symbols = ALPHABET.charAt(number % ALPHABET.length);
  for (let symbol = 0; symbol < SYMBOLS - 1; symbol += 1) {
    let value = 0;
    for (let bit = symbol * 5; bit < symbol * 5 + 5; bit += 1) value = value * 2 + (((proof[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);
    symbols += ALPHABET.charAt(value);
  }
  return symbols;
}
