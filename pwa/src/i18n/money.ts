/** Money and shares as people read them. */
import { GB } from "./amounts.ts";
import { language } from "./language.ts";

/** What so many bytes cost at a price per GB; two places below ten, at least one fen. */
export function sayMoney(bytes: number, yuanPerGb: number): string {
  const yuan = Math.max(0.01, (bytes / GB) * yuanPerGb);
  const text = yuan.toFixed(yuan < 10 ? 2 : 0);
  return language.value === "en" ? `¥${text}` : `${text} 元`;
}

export function sayPercent(fraction: number): string {
  return `${Math.round(fraction * 100)} %`;
}
