/**
 * Reading what a person typed: one spelling for full and half width, spaces and Chinese numerals. Owns the folding of typed answers
 * before they are compared; `grade.ts` decides what is right. Invariant: equal to the server's answer_text.py for every example of
 * contracts/golden/grading.json. The rule in words is docs/decisions/0020-grading.md.
 */

export const ANSWER_CHARACTERS_MAX = 200;
const NUMERAL_CHARACTERS_MAX = 24;

const SPACES = /[\t\n\v\f\r \u00a0\u1680\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]+/gu;
const FOLDS = foldTable();
const DIGITS = new Map([...[..."零一二三四五六七八九"].entries()].map(([value, character]) => [character, value]));
DIGITS.set("两", 2);
const POWERS = new Map([
  ["十", 1],
  ["百", 2],
  ["千", 3],
  ["万", 4],
  ["亿", 8],
]);

const THOUSAND = "千(?![克米瓦卡帕])"; // 千克 is a unit, not a thousand 克
const PART = `(?:[零一二三四五六七八九两十百万亿]|${THOUSAND})`;
const NUMERAL = new RegExp(`(?!百分之)(负?)(${PART}+)((?:点[零一二三四五六七八九]+(?!${PART}))?)`, "gu");
const SCALED = new RegExp(`([0-9]+)((?:\\.[0-9]+)?)([十百万亿]|${THOUSAND})(?!${PART}|[0-9]|分之)`, "gu");
const PERCENT = /百分之([0-9]+(?:\.[0-9]+)?)/gu;
const SEPARATED = /(^|[^0-9,.])([0-9]{1,3}(?:,[0-9]{3})+)(?![0-9,])/gu;
const PUNCTUATION = /[,;!?"'`~_()[\]{}<>、“”‘’「」『』《》〈〉【】·…—]|[.:-](?![0-9])/gu;
const NUMBER = /[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)/gu;
const FRACTION = /^([+-]?[0-9]+(?:\.[0-9]+)?)\/([0-9]+(?:\.[0-9]+)?)$/u;

/** Compatibility form, lower case, no white space, one character for each digit, sign and numeral. */
export function foldWidth(text: string): string {
  const folded = text.normalize("NFKC").toLowerCase().replace(SPACES, "");
  return [...folded].map((character) => FOLDS.get(character) ?? character).join("");
}

/** The form in which short texts are compared: `foldWidth`, numerals as digits, punctuation gone. */
export function foldAnswer(text: string): string {
  return withDigits(foldWidth(text)).replace(PUNCTUATION, "");
}

/** The one number that the text holds, or null when it holds none or several. The unit may stand after it. */
export function readNumber(text: string, unit = ""): number | null {
  if ([...text].length > ANSWER_CHARACTERS_MAX) return null;
  const foldedUnit = foldWidth(unit);
  let folded = foldWidth(text);
  if (foldedUnit !== "" && folded.endsWith(foldedUnit)) folded = folded.slice(0, folded.length - foldedUnit.length);
  const inPercent = foldedUnit === "%";
  return singleNumber(scaledToDigits(folded), inPercent) ?? singleNumber(withDigits(folded), inPercent);
}

/** Decimal digits of a folded Chinese whole number ("一百零五" gives "105"), or null when it is not one. */
export function readNumeral(numeral: string): string | null {
  const characters = [...numeral];
  if (characters.length > NUMERAL_CHARACTERS_MAX) return null;
  if (characters.length > 1 && characters.every((character) => DIGITS.has(character))) {
    return characters.map((character) => String(DIGITS.get(character))).join("");
  }
  return composeNumeral(characters);
}

function composeNumeral(characters: string[]): string | null {
  let [above, section, digit, powerBefore, smallest] = [0, 0, 0, 0, 4];
  for (const character of characters) {
    const value = DIGITS.get(character);
    if (value !== undefined) {
      if (digit !== 0) return null;
      digit = value;
      powerBefore = digit !== 0 ? powerBefore : 0;
      continue;
    }
    const power = POWERS.get(character);
    if (power === undefined) return null;
    if (power < 4) {
      // 十 百 千 fall within a section
      if (power >= smallest) return null;
      section += (digit || 1) * 10 ** power;
      smallest = power;
    } else {
      // 万 closes a section, 亿 multiplies all that stands before it
      if (power === 8 ? above >= 1e8 : above % 1e8 !== 0) return null;
      const below = section + digit;
      above = power === 8 ? (above + below || 1) * 1e8 : above + (below || 1) * 1e4;
      section = 0;
      smallest = 4;
    }
    digit = 0;
    powerBefore = power;
  }
  // "一百五" is a hundred and fifty, "一百零五" a hundred and five.
  const value = above + section + digit * (powerBefore > 1 ? 10 ** (powerBefore - 1) : 1);
  return value <= Number.MAX_SAFE_INTEGER ? String(value) : null;
}

function singleNumber(folded: string, inPercent: boolean): number | null {
  const bare = folded.replace(SEPARATED, (_found, before: string, digits: string) => before + digits.replaceAll(",", ""));
  const fraction = FRACTION.exec(bare);
  if (fraction !== null) {
    const below = Number(fraction[2]);
    return below !== 0 ? finite(Number(fraction[1]) / below) : null;
  }
  const found = [...bare.matchAll(NUMBER)];
  const only = found[0];
  if (only === undefined || found.length !== 1) return null;
  const value = Number(only[0]);
  const share = bare.slice(only.index + only[0].length).startsWith("%") && !inPercent;
  return finite(share ? value / 100 : value);
}

/** Adding 0 turns -0 into 0. */
function finite(value: number): number | null {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value + 0 : null;
}

function withDigits(folded: string): string {
  return scaledToDigits(folded)
    .replace(NUMERAL, (found, sign: string, whole: string, part: string) => {
      const digits = readNumeral(whole);
      if (digits === null) return found;
      const after = [...part.slice(1)].map((character) => String(DIGITS.get(character))).join("");
      return (sign !== "" ? "-" : "") + digits + (after !== "" ? `.${after}` : "");
    })
    .replace(PERCENT, "$1%");
}

/** "1.5万" gives "15000", by moving the point, not by arithmetic. */
function scaledToDigits(folded: string): string {
  return folded
    .replace(SCALED, (_found, whole: string, point: string, scale: string) => movePoint(whole, point.slice(1), scale))
    .replace(PERCENT, "$1%");
}

function movePoint(whole: string, part: string, scale: string): string {
  const power = POWERS.get(scale) ?? 0;
  const digits = whole + part.slice(0, power).padEnd(power, "0");
  const rest = part.slice(power).replace(/0+$/u, "");
  return (digits.replace(/^0+/u, "") || "0") + (rest !== "" ? `.${rest}` : "");
}

function foldTable(): Map<string, string> {
  const formal = [..."壹贰貳叁參肆伍陆陸柒捌玖拾佰仟萬億兩〇負"];
  const plain = [..."一二二三三四五六六七八九十百千万亿两零负"];
  const table = new Map(formal.map((character, index) => [character, plain[index] ?? character]));
  for (const base of [0x0660, 0x06f0, 0x0f20]) {
    for (let digit = 0; digit < 10; digit += 1) table.set(String.fromCharCode(base + digit), String(digit));
  }
  for (const minus of ["\u2212", "\u2010", "\u2011", "\u2012", "\u2013"]) table.set(minus, "-");
  return table.set("\u2044", "/").set("。", ".");
}
