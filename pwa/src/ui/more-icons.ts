/** The signs that only the second chunk uses. */
import { addIcons } from "./Icon.tsx";

addIcons({
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-10v5.5m0-9v.1",
  pause: "M8.5 5v14m7-14v14",
  trash: "M4 6.5h16M9.5 6V3.5h5V6m-8 .5L7.5 20.5h9L17.5 6.5",
  plus: "M12 5v14m-7-7h14",
  send: "M4 12 20.5 4.5 14 20l-3-6.5L4 12Z",
  settings: "M4 7h9m4 0h3M4 17h3m4 0h9M15 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Zm-6 10a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  sync: "M20 11A8 8 0 0 0 5.5 7M4 4v4h4m-4 5a8 8 0 0 0 14.5 4m1.5 3v-4h-4",
  phone: "M7 2.5h10v19H7v-19Zm4 16h2",
  bulb: "M9 17.5h6m-5 3h4M8.5 14.5a6 6 0 1 1 7 0c-.6.5-.9 1.2-1 3h-5c-.1-1.8-.4-2.5-1-3Z",
  camera: "M3.5 7.5H8l1.5-3h5l1.5 3h4.5v12h-17v-12ZM12 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Z",
  picture: "M3.5 4.5h17v15h-17v-15Zm0 11 5-5 4 4 3-3 5 5M15.5 9.2v.1",
  microphone: "M12 14.5a3 3 0 0 0 3-3V6a3 3 0 0 0-6 0v5.5a3 3 0 0 0 3 3ZM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5v4",
  pencil: "M4 20l1-4.5L16.5 4 20 7.5 8.5 19 4 20Z",
});
