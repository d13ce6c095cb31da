import { expect, test } from "vitest";
import { matchRoute } from "./routes.ts";

test("every place and page has its screen", () => {
  const screens = [
    "/",
    "/learn",
    "/learn/a",
    "/learn/a/b",
    "/learn/a/b/quiz",
    "/journal",
    "/journal/new",
    "/journal/x",
    "/journal/x/edit",
    "/me",
  ].map((path) => matchRoute(path).screen);
  expect(screens).toEqual(["Today", "Learn", "Pack", "Lesson", "Quiz", "Journal", "JournalEditor", "Entry", "JournalEditor", "Me"]);
});

test("a query does not change the screen", () => {
  expect(matchRoute("/journal/new?draft=new%3Aa%2Fb").screen).toBe("JournalEditor");
});

test("the page above a lesson is its pack, with the same parameters", () => {
  expect(matchRoute("/learn/two-grades/01-week").above).toBe("/learn/two-grades");
  expect(matchRoute("/teachers/p1/e1").above).toBe("/teachers/p1");
  expect(matchRoute("/learn").above).toBeUndefined();
});

test("the messages of a teacher are not taken for an entry", () => {
  expect(matchRoute("/teachers/p1/messages")).toMatchObject({
    screen: "Messages",
    params: { person: "p1" },
  });
});

test("an unknown or broken address is missing, never an exception", () => {
  expect(matchRoute("/nothing/here").screen).toBe("Missing");
  expect(matchRoute("/learn//x").screen).toBe("Missing");
  expect(matchRoute("/journal/%E0%A4%A").params).toEqual({ entry: "%E0%A4%A" });
});
