/** What the root tells of itself when it is asked for everything (server/xuetan/rehearsal/audit.py). Owns the shape. */

export interface RootEvent {
  index: number;
  kind: string;
  ts: number;
  payload: Record<string, unknown>;
  origin: [string, number, string] | null;
}

export interface RootSegment {
  scope: string;
  position: number;
  stream: string;
  first: number;
  n: number;
  hash: string;
  by: string;
  role: string;
  after: boolean;
  /** Seqs. */
  aside: number[];
  /** Let in from what was set aside; what its stream held there is told elsewhere. */
  released: boolean;
  events: RootEvent[];
}

export interface RootAside {
  by: string;
  device: string;
  stream: string;
  seq: number;
  n: number;
  scope: string;
  code: string;
  /** A whole segment, with its bytes. */
  whole: boolean;
  events: RootEvent[];
}

export interface Holdings {
  epoch: string;
  segments: RootSegment[];
  /** Scope, position, kind, key, whether it removes. */
  rows: [string, number, string, string, number][];
  heads: Record<string, number>;
  aside: RootAside[];
  /** Owner, device, next, chain. */
  streams: Record<string, [string, string, number, string]>;
  /** Person, version, number, scope, role. */
  follow: [string, number, number, string, string][];
}
