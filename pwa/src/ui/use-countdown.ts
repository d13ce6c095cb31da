/** Seconds that are left until a moment. Owns the ticking; what is said at the end, and that nobody is told each second, is the screen's. */
import { useEffect, useState } from "preact/hooks";

/** 0 when it is over, and where there is nothing to wait for. A tab that slept through it is told at its next breath. */
export function useCountdown(untilMs: number, nowMs: () => number, over: () => void): number {
  const [tick, setTick] = useState(0);
  const left = Math.max(0, Math.ceil((untilMs - nowMs()) / 1000));
  useEffect(() => {
    if (left === 0) return;
    const timer = setTimeout(() => {
      setTick(tick + 1);
      if (nowMs() >= untilMs) over();
    }, 1000);
    return () => clearTimeout(timer);
  }, [untilMs, tick]);
  return left;
}
