/** A hub in memory for tests: real keys, real sealing; it keeps what it is given and answers as it is told to. */
import type { HubCertificate, HubQuestion } from "../contracts/sync.ts";
import { type Bytes, fromBase64url, join, toBase64url, utf8 } from "../domain/bytes.ts";
import { h16 } from "../domain/hash.ts";
import { digest } from "../platform/compression.ts";
import { signMessage } from "../platform/es256.ts";
import { makeFileKeys, openSealed, seal } from "../platform/hpke.ts";
import { certificateMessage } from "../sync/hub-papers.ts";
import { joinFile, openPartOf, readXtsync } from "../sync/xtsync.ts";
import type { Route } from "./ports.ts";

const { subtle } = crypto;

export interface Signer {
  keys: CryptoKeyPair;
  spki: string;
}

export async function makeSigner(): Promise<Signer> {
  const keys = await subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  return { keys, spki: await spkiOf(keys) };
}

async function spkiOf({ publicKey }: CryptoKeyPair): Promise<string> {
  return toBase64url(new Uint8Array(await subtle.exportKey("spki", publicKey)));
}

export class TestHub {
  readonly address = "http://192.168.1.20:8000";
  readonly questions: HubQuestion[] = [];
  reachable = true;
  certificate!: HubCertificate;
  signer!: Signer;
  private files!: CryptoKeyPair;
  /** What stands in the answer beside what every answer has. */
  tell: (question: HubQuestion) => Record<string, unknown> = () => ({});

  static async make(root: Signer, name = "石梯村小学的中转站", organisation = "o"): Promise<TestHub> {
    const hub = new TestHub();
    hub.signer = await makeSigner();
    hub.files = await makeFileKeys(subtle);
    const certificate = { hub: `hub-${name}`, name, organisation, key: hub.signer.spki, file_key: await spkiOf(hub.files), sig: "" };
    hub.certificate = { ...certificate, sig: await signMessage(subtle, root.keys.privateKey, await certificateMessage(certificate)) };
    return hub;
  }

  readonly route: Route = async (path, init) => {
    if (!path.startsWith(this.address) || !this.reachable) return undefined;
    if (path.endsWith("/hub/1/about")) return Response.json({ v: 1, server_ms: 1, certificate: this.certificate });
    return new Response(await this.answer(init.body as Bytes));
  };

  async answer(bytes: Bytes): Promise<Bytes> {
    const file = readXtsync(bytes);
    const plain = file && (await openSealed(this.files, file.sealed, file.openPart));
    if (!file || !plain) throw new Error("the hub cannot open the question");
    const end = 4 + new DataView(plain.buffer).getUint32(0, true);
    const question = JSON.parse(new TextDecoder().decode(plain.slice(4, end))) as HubQuestion;
    this.questions.push(question);
    const held = question.transfers.map(({ stream, next, chain }) => ({ stream, next, chain }));
    const answer = { v: 1, nonce: question.nonce, server_ms: 7_200_000, root_ms: 3_600_000, held, statements: [], ...this.tell(question) };
    return await this.sealTo(file.header.reply ?? "", file.header.device, utf8(JSON.stringify(answer)));
  }

  private async sealTo(reader: string, device: string, plain: Bytes): Promise<Bytes> {
    const key = await h16(digest, fromBase64url(reader));
    const openPart = openPartOf({ v: 1, kind: "hub_answer", key, device, name: "", made: 0, by: this.signer.spki });
    const signed = join(openPart, await seal(subtle, reader, plain, openPart));
    return joinFile(signed, await signMessage(subtle, this.signer.keys.privateKey, signed));
  }
}
