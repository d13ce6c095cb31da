import { describe, expect, test } from "vitest";
import { SEGMENT_BODY_BYTES_TARGET, SEGMENT_INFLATED_BYTES_MAX } from "../contracts/limits.ts";
import { utf8 } from "../domain/bytes.ts";
import { encodeColumns } from "../domain/encode-columns.ts";
import type { StreamEvent } from "../domain/event.ts";
import { cutBody } from "./seal.ts";

const STREAM = "AAAAAAAAAAAAAAAAAAAAAA";

function events(count: number, text: (index: number) => string, scope = (_: number) => "u:x"): StreamEvent[] {
  return Array.from({ length: count }, (_, seq) => ({
    stream: STREAM,
    seq,
    scope: scope(seq),
    kind: "message_sent/1",
    ts: 1_760_000_000_000 + seq,
    payload: { message: "AAAAAAAAAAAAAAAA", text: text(seq) },
    hash: "",
  }));
}

describe("the cut of a segment", () => {
  test("words that pack to almost nothing still stay within what the root inflates", async () => {
    const many = events(200, () => "好".repeat(4000));

    const { n, body } = await cutBody(many);

    expect(n).toBeLessThan(200);
    expect(n).toBeGreaterThan(50);
    expect(body.length).toBeLessThanOrEqual(SEGMENT_BODY_BYTES_TARGET);
    expect(utf8(JSON.stringify(encodeColumns(many.slice(0, n)))).length).toBeLessThanOrEqual(SEGMENT_INFLATED_BYTES_MAX);
  });

  test("one event that is larger than the target goes alone", async () => {
    let state = 7;
    const noise = (): string => {
      state = Number((BigInt(state) * 6364136223846793005n + 1442695040888963407n) & 0xffffffffn);
      return String.fromCodePoint(0x4e00 + ((state >>> 8) % 20_000));
    };
    const { n, body } = await cutBody(events(3, () => Array.from({ length: 9000 }, noise).join("")));

    expect(n).toBe(1);
    expect(body.length).toBeGreaterThan(SEGMENT_BODY_BYTES_TARGET);
  });

  test("a run ends where the scope changes", async () => {
    const { n } = await cutBody(
      events(
        5,
        () => "短",
        (seq) => (seq < 3 ? "u:x" : "u:y"),
      ),
    );

    expect(n).toBe(3);
  });
});
