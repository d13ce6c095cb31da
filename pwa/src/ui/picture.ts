/** Pictures, for screens: opening one that somebody chose, and taking what stands on a canvas. */
export { encodePicture, openPicture, type Picture, shrinkPicture } from "../platform/pictures.ts";
