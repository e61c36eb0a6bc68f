// Passkeys: what the server asks in its words, what the browser asks in its own (WebAuthn level 2).
import { fromBase64Url, toBase64Url } from "../core/base64url";
import { api } from "./api";
import { type SignedIn, signedIn } from "./session";

export const passkeysHere = (): boolean => typeof PublicKeyCredential !== "undefined";

/** The person closed the browser's window, or there is no passkey: nothing went wrong. */
export function wasCancelled(error: unknown): boolean {
  return error instanceof DOMException && (error.name === "NotAllowedError" || error.name === "AbortError");
}

interface Request {
  challenge: string;
  rp_id: string;
}

export interface Creation extends Request {
  user_id: string;
  user_name: string;
  display_name: string;
  /** COSE, without their sign. */
  algorithms: number[];
  exclude: string[];
}

export function creationOptions(creation: Creation): PublicKeyCredentialCreationOptions {
  return {
    challenge: fromBase64Url(creation.challenge),
    rp: { id: creation.rp_id, name: "Sealhall" },
    user: { id: fromBase64Url(creation.user_id), name: creation.user_name, displayName: creation.display_name },
    pubKeyCredParams: creation.algorithms.map((number) => ({ type: "public-key", alg: -number })),
    excludeCredentials: creation.exclude.map((id) => ({ type: "public-key", id: fromBase64Url(id) })),
    // Found without a login, and the device makes sure who it is: a passkey alone is enough to sign in.
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    attestation: "none",
  };
}

const text = (buffer: ArrayBuffer) => toBase64Url(new Uint8Array(buffer));

export async function signInWithPasskey(): Promise<void> {
  const request = await api.post<Request>("/api/sign-in/passkey/begin");
  const found = await navigator.credentials.get({
    publicKey: { challenge: fromBase64Url(request.challenge), rpId: request.rp_id, userVerification: "required" },
  });
  if (!(found instanceof PublicKeyCredential) || !(found.response instanceof AuthenticatorAssertionResponse)) return;
  await signedIn(await api.post<SignedIn>("/api/sign-in/passkey", {
    credential_id: text(found.rawId),
    client_data: text(found.response.clientDataJSON),
    authenticator_data: text(found.response.authenticatorData),
    signature: text(found.response.signature),
    cookie: true,
  }));
}

/** Makes one and registers it. False: the person closed the window. */
export async function makePasskey(password: string, name: string): Promise<boolean> {
  const creation = await api.post<Creation>("/api/me/passkeys/begin", { password });
  let made: Credential | null;
  try {
    made = await navigator.credentials.create({ publicKey: creationOptions(creation) });
  } catch (error) {
    if (wasCancelled(error)) return false;
    throw error;
  }
  if (!(made instanceof PublicKeyCredential) || !(made.response instanceof AuthenticatorAttestationResponse)) return false;
  await api.post("/api/me/passkeys", {
    ...(name === "" ? {} : { name }),
    client_data: text(made.response.clientDataJSON),
    attestation_object: text(made.response.attestationObject),
  });
  return true;
}
