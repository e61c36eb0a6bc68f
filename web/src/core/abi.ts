// Generated from core/wasm/sealhall_core.h by tools/make_wasm_wrapper.py; do not edit.

export const SealhallError = {
  ok: 0,
  malformed: 1,
  unknown_generation: 2,
  unknown_sender: 3,
  unknown_context: 4,
  replayed: 5,
  authentication_failed: 6,
  prefix_too_long: 7,
  counter_exhausted: 8,
  no_active_generation: 9,
  generation_known: 10,
  generation_not_newer: 11,
  sender_index_reused: 12,
  bad_sealed_generation: 13,
  backend_failed: 14,
  not_joined: 15,
  bad_argument: 16,
} as const;

export const SealhallAead = {
  aead_inline: 0,
  aead_host: 1,
} as const;

export const SealhallEventKind = {
  event_none: 0,
  event_add_key: 1,
  event_remove_key: 2,
  event_aead_job: 3,
  event_sealed: 4,
  event_opened: 5,
} as const;

export const SealhallCounter = {
  count_opened: 0,
  count_malformed: 1,
  count_unknown_generation: 2,
  count_unknown_sender: 3,
  count_unknown_context: 4,
  count_replayed: 5,
  count_authentication_failed: 6,
} as const;

/** An event as it lies in memory; addresses are offsets into it. */
export interface CoreEvent {
  kind: number;
  ticket: number;
  key: number;
  flag: number;
  error: number;
  context: number;
  senderIndex: number;
  generation: number;
  data: number;
  dataSize: number;
  aad: number;
  aadSize: number;
  nonce: number;
  output: number;
  outputSize: number;
}

export function readEvent(view: DataView, at: number): CoreEvent {
  return {
    kind: view.getUint32(at + 0, true),
    ticket: view.getUint32(at + 4, true),
    key: view.getUint32(at + 8, true),
    flag: view.getUint32(at + 12, true),
    error: view.getInt32(at + 16, true),
    context: view.getUint32(at + 20, true),
    senderIndex: view.getUint32(at + 24, true),
    generation: view.getUint32(at + 28, true),
    data: view.getUint32(at + 32, true),
    dataSize: view.getUint32(at + 36, true),
    aad: view.getUint32(at + 40, true),
    aadSize: view.getUint32(at + 44, true),
    nonce: view.getUint32(at + 48, true),
    output: view.getUint32(at + 52, true),
    outputSize: view.getUint32(at + 56, true),
  };
}

/** What the module exports. Pointers and sessions are addresses. */
export interface CoreExports {
  memory: WebAssembly.Memory;
  _initialize(): void;
  sealhall_alloc(size: number): number;
  sealhall_free(memory: number, size: number): void;
  sealhall_begin(aead: number): number;
  sealhall_end(session: number): void;
  sealhall_hpke_public_key(session: number): number;
  sealhall_sender_nonce(session: number): number;
  sealhall_joined(session: number, meetingUuid: number, participant: number, senderIndex: number): number;
  sealhall_add_generation(session: number, generation: number, enc: number, encSize: number, ciphertext: number, ciphertextSize: number): number;
  sealhall_activate(session: number, generation: number, nowMs: number): number;
  sealhall_advance(session: number, nowMs: number): void;
  sealhall_active_generation(session: number): number;
  sealhall_set_sender(session: number, senderIndex: number, nonce: number): number;
  sealhall_remove_sender(session: number, senderIndex: number): void;
  sealhall_seal(session: number, ticket: number, context: number, frame: number, frameSize: number, clearPrefix: number, nowMs: number): void;
  sealhall_open(session: number, ticket: number, frame: number, frameSize: number, clearPrefix: number, nowMs: number): void;
  sealhall_seal_h264(session: number, ticket: number, context: number, frame: number, frameSize: number, nowMs: number): void;
  sealhall_open_h264(session: number, ticket: number, frame: number, frameSize: number, nowMs: number): void;
  sealhall_aead_done(session: number, ticket: number, written: number): void;
  sealhall_next_event(session: number): number;
  sealhall_count(session: number, which: number): number;
  sealhall_vp8_clear_prefix(frame: number, frameSize: number): number;
}

export const exportedFunctions = [
  "sealhall_alloc",
  "sealhall_free",
  "sealhall_begin",
  "sealhall_end",
  "sealhall_hpke_public_key",
  "sealhall_sender_nonce",
  "sealhall_joined",
  "sealhall_add_generation",
  "sealhall_activate",
  "sealhall_advance",
  "sealhall_active_generation",
  "sealhall_set_sender",
  "sealhall_remove_sender",
  "sealhall_seal",
  "sealhall_open",
  "sealhall_seal_h264",
  "sealhall_open_h264",
  "sealhall_aead_done",
  "sealhall_next_event",
  "sealhall_count",
  "sealhall_vp8_clear_prefix",
] as const;
