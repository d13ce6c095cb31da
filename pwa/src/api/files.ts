/**
 * `/files/<scope>/<sha256>` (docs/sync-protocol.md, "Photos and recordings"): where an upload stands, its next bytes, and reading. Owns the
 * requests; when and how much is the uploader's. Invariant: an offset comes from our server's header or not at all.
 */
import { ApiError, type ApiClient } from "./client.ts";

export interface FileAddress {
  scope: string;
  sha256: string;
}

export interface FileClient {
  /** Begins an upload, or tells how far it has come; `bytes` when the server has the file. */
  begin(file: FileAddress, bytes: number, token: string): Promise<number>;
  /** Sends the bytes at `offset`; the new offset. */
  append(file: FileAddress, offset: number, data: Uint8Array<ArrayBuffer>, token: string): Promise<number>;
  /** Bytes from `first` to `last`, both included. */
  read(file: FileAddress, first: number, last: number, token: string): Promise<Uint8Array<ArrayBuffer>>;
}

const TUS = { "Tus-Resumable": "1.0.0" } as const;

export function fileClient(api: ApiClient): FileClient {
  return {
    async begin(file, bytes, token) {
      const headers = { ...TUS, Authorization: `Bearer ${token}`, "Upload-Length": String(bytes) };
      return await api.answer(pathOf(file), { method: "POST", headers }, offsetOf);
    },
    async append(file, offset, data, token) {
      const headers = {
        ...TUS,
        Authorization: `Bearer ${token}`,
        "Upload-Offset": String(offset),
        "Content-Type": "application/offset+octet-stream",
      };
      return await api.answer(pathOf(file), { method: "PATCH", headers, body: data }, offsetOf);
    },
    async read(file, first, last, token) {
      const headers = { Authorization: `Bearer ${token}`, Range: `bytes=${first}-${last}` };
      return await api.answer(pathOf(file), { headers }, async (response) => {
        const data = new Uint8Array(await response.arrayBuffer());
        const isOurs = response.status === 206 && response.headers.get("Content-Range")?.startsWith(`bytes ${first}-`) === true;
        if (!isOurs || data.length === 0) throw new ApiError("not_ours", response.status, "later");
        return data;
      });
    },
  };
}

function pathOf({ scope, sha256 }: FileAddress): string {
  return `/files/${scope}/${sha256}`;
}

async function offsetOf(response: Response): Promise<number> {
  const offset = response.headers.get("Upload-Offset");
  if (offset === null || !/^\d+$/.test(offset)) throw new ApiError("not_ours", response.status, "later");
  return Number(offset);
}
