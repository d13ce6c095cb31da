import fc from "fast-check";
import { expect, test } from "vitest";
import { fromBase64url, toBase64url, utf8 } from "./bytes.ts";
import { canonicalJson } from "./canonical-json.ts";
import { wellFormedText } from "./well-formed.ts";

test("UTF-8 equals the platform's for any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect([...utf8(text)]).toEqual([...new TextEncoder().encode(text)]);
    }),
  );
});

test("base64url comes back as it was", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect([...fromBase64url(toBase64url(bytes))]).toEqual([...bytes]);
    }),
  );
  expect(() => fromBase64url("a=b=")).toThrow(RangeError);
});

test("canonical JSON sorts keys by UTF-16 and writes numbers as RFC 8785 does", () => {
  expect(
    canonicalJson({
      "\u20ac": 1,
      "\r": 2,
      "\ufb33": 3,
      "1": 4,
      "\u{1f602}": 5,
      "\u0080": 6,
      ö: 7,
    }),
  ).toBe('{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"\u{1f602}":5,"\ufb33":3}');
  expect(canonicalJson([333333333.33333329, 1e30, 4.5, 2e-3, 1e-27, 1.0, -0])).toBe("[333333333.3333333,1e+30,4.5,0.002,1e-27,1,0]");
});

test("any text becomes well-formed, once and for all", () => {
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      }),
      (text) => {
        const formed = wellFormedText(text);
        expect(new TextDecoder().decode(new TextEncoder().encode(formed))).toBe(formed);
        expect(wellFormedText(formed)).toBe(formed);
        expect(formed).not.toContain("\u0000");
      },
    ),
  );
  expect(wellFormedText("好\ud83d\udd25\r\n\u0000行\t")).toBe("好\ud83d\udd25\n行\t");
});
