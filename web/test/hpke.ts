// HPKE base mode (RFC 9180) of the suite that seals generations, written from the RFC over WebCrypto: what kms does, so
// that tests have sealed generations without our own code.
const text = (s: string) => new TextEncoder().encode(s);
const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((p) => [...p]));
const i2osp = (n: number, size: number) => Uint8Array.from({ length: size }, (_, k) => (n >>> (8 * (size - 1 - k))) & 0xff);

async function hmac(key: Uint8Array, data: Uint8Array): Promise<Uint8Array> {
  const imported = await crypto.subtle.importKey("raw", new Uint8Array(key.length === 0 ? new Uint8Array(32) : key), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, new Uint8Array(data)));
}
async function expand(prk: Uint8Array, info: Uint8Array, size: number): Promise<Uint8Array> {
  let out = new Uint8Array();
  let last: Uint8Array = new Uint8Array();
  for (let k = 1; out.length < size; ++k) {
    last = await hmac(prk, join(last, info, Uint8Array.of(k)));
    out = join(out, last) as typeof out;
  }
  return out.slice(0, size);
}
const labeledExtract = (suite: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array) => hmac(salt, join(text("HPKE-v1"), suite, text(label), ikm));
const labeledExpand = (suite: Uint8Array, prk: Uint8Array, label: string, info: Uint8Array, size: number) =>
  expand(prk, join(i2osp(size, 2), text("HPKE-v1"), suite, text(label), info), size);

const kem = join(text("KEM"), i2osp(0x0020, 2));
const suite = join(text("HPKE"), i2osp(0x0020, 2), i2osp(0x0001, 2), i2osp(0x0002, 2));

export async function sealBase(publicKey: Uint8Array, info: Uint8Array, plaintext: Uint8Array): Promise<{ enc: Uint8Array; ciphertext: Uint8Array }> {
  const own = (await crypto.subtle.generateKey({ name: "X25519" }, true, ["deriveBits"])) as CryptoKeyPair;
  const peer = await crypto.subtle.importKey("raw", new Uint8Array(publicKey), { name: "X25519" }, true, []);
  const dh = new Uint8Array(await crypto.subtle.deriveBits({ name: "X25519", public: peer } as unknown as AlgorithmIdentifier, own.privateKey, 256));
  const enc = new Uint8Array(await crypto.subtle.exportKey("raw", own.publicKey));
  const secret = await labeledExpand(kem, await labeledExtract(kem, new Uint8Array(), "eae_prk", dh), "shared_secret", join(enc, publicKey), 32);
  const none = new Uint8Array();
  const context = join(Uint8Array.of(0), await labeledExtract(suite, none, "psk_id_hash", none), await labeledExtract(suite, none, "info_hash", info));
  const prk = await labeledExtract(suite, secret, "secret", none);
  const key = await crypto.subtle.importKey("raw", new Uint8Array(await labeledExpand(suite, prk, "key", context, 32)), "AES-GCM", false, ["encrypt"]);
  const iv = new Uint8Array(await labeledExpand(suite, prk, "base_nonce", context, 12));
  return { enc, ciphertext: new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new Uint8Array(plaintext))) };
}

/** What core/sframe/managed_keys.h binds a sealed generation to. */
export function generationInfo(meeting: Uint8Array, generation: number, participant: number): Uint8Array {
  return join(text("sealhall/m1 generation"), meeting, i2osp(generation, 4), i2osp(participant, 4));
}
