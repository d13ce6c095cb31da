/** Start-up only: boot the core, hand over to the screens. */
import { mount } from "./app/App.tsx";
import { boot } from "./app/boot.ts";

const root = document.getElementById("app");
if (root === null) throw new Error("index.html has no #app");
void boot().then((booted) => mount(root, booted));
