/** Pictures, for screens: opening one that somebody chose, and taking what stands on a canvas. */
export { encodePicture, openPicture, type Picture } from "../platform/pictures.ts";
