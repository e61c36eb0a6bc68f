/* The media keys and frames of one join as a C ABI (RFC 9605, RFC 9180), for the browser's worker and other languages.
 *
 * The core calls nobody. Every call may leave events behind; the host takes them with `sealhall_next_event` until the
 * kind is SEALHALL_EVENT_NONE. With a host AEAD the core asks for AES-256-GCM by such events, and the host answers with
 * `sealhall_aead_done`, in any order. Sizes are bytes; times are milliseconds of any steady clock. A `SealhallError` is
 * what a call returns as int32_t. Memory that the host passes in is read during the call only. */
#ifndef SEALHALL_CORE_WASM_SEALHALL_CORE_H
#define SEALHALL_CORE_WASM_SEALHALL_CORE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __wasm__
#define SEALHALL_EXPORT(name) __attribute__((export_name(#name))) name
#else
#define SEALHALL_EXPORT(name) name
#endif

enum SealhallError {
  SEALHALL_OK = 0,
  SEALHALL_MALFORMED = 1,
  SEALHALL_UNKNOWN_GENERATION = 2,
  SEALHALL_UNKNOWN_SENDER = 3,
  SEALHALL_UNKNOWN_CONTEXT = 4,
  SEALHALL_REPLAYED = 5,
  SEALHALL_AUTHENTICATION_FAILED = 6,
  SEALHALL_PREFIX_TOO_LONG = 7,
  SEALHALL_COUNTER_EXHAUSTED = 8,
  SEALHALL_NO_ACTIVE_GENERATION = 9,
  SEALHALL_GENERATION_KNOWN = 10,
  SEALHALL_GENERATION_NOT_NEWER = 11,
  SEALHALL_SENDER_INDEX_REUSED = 12,
  SEALHALL_BAD_SEALED_GENERATION = 13,
  SEALHALL_BACKEND_FAILED = 14,
  SEALHALL_NOT_JOINED = 15,
  SEALHALL_BAD_ARGUMENT = 16
};

enum SealhallAead {
  SEALHALL_AEAD_INLINE = 0, /* constant-time AES of the core itself: slow, the fallback and the oracle of tests */
  SEALHALL_AEAD_HOST = 1    /* the host's AES-256-GCM, by events */
};

enum SealhallEventKind {
  SEALHALL_EVENT_NONE = 0,
  SEALHALL_EVENT_ADD_KEY = 1,    /* key: its name, flag: 0 seals, 1 opens; data: 32 bytes, to be imported at once */
  SEALHALL_EVENT_REMOVE_KEY = 2, /* key; its jobs under way still complete */
  SEALHALL_EVENT_AEAD_JOB = 3,   /* ticket, key, flag as above; nonce 12 bytes, aad, data: input, output */
  SEALHALL_EVENT_SEALED = 4,     /* ticket, error; data: the sealed frame */
  SEALHALL_EVENT_OPENED = 5      /* ticket, error; data: the frame; context, sender_index, generation: authenticated */
};

enum SealhallCounter {
  SEALHALL_COUNT_OPENED = 0,
  SEALHALL_COUNT_MALFORMED = 1,
  SEALHALL_COUNT_UNKNOWN_GENERATION = 2,
  SEALHALL_COUNT_UNKNOWN_SENDER = 3,
  SEALHALL_COUNT_UNKNOWN_CONTEXT = 4,
  SEALHALL_COUNT_REPLAYED = 5,
  SEALHALL_COUNT_AUTHENTICATION_FAILED = 6
};

typedef struct SealhallSession SealhallSession;

/* What one event says; fields that its kind does not name are 0. */
typedef struct SealhallEvent {
  uint32_t kind;
  uint32_t ticket;
  uint32_t key;
  uint32_t flag;
  int32_t error;
  uint32_t context;
  uint32_t sender_index;
  uint32_t generation;
  const uint8_t* data;
  uint32_t data_size;
  const uint8_t* aad;
  uint32_t aad_size;
  const uint8_t* nonce;
  uint8_t* output;
  uint32_t output_size;
} SealhallEvent;

/* Memory of the core for what the host passes in. Freed memory is wiped first. */
uint8_t* SEALHALL_EXPORT(sealhall_alloc)(uint32_t size);
void SEALHALL_EXPORT(sealhall_free)(uint8_t* memory, uint32_t size);

/* Makes the keys that a join announces. One object a join, also a resumed one. `aead` is a SealhallAead. */
SealhallSession* SEALHALL_EXPORT(sealhall_begin)(uint32_t aead);
/* Wipes its keys. Frames and AEAD jobs may be under way: they get no answer, and what they point at is gone. */
void SEALHALL_EXPORT(sealhall_end)(SealhallSession* session);
/* 32 bytes for Join.hpke_public_key and 16 for Join.sender_nonce, valid as long as the session. */
const uint8_t* SEALHALL_EXPORT(sealhall_hpke_public_key)(SealhallSession* session);
const uint8_t* SEALHALL_EXPORT(sealhall_sender_nonce)(SealhallSession* session);
/* What Joined says; once a session. `meeting_uuid`: 16 bytes. */
int32_t SEALHALL_EXPORT(sealhall_joined)(SealhallSession* session, const uint8_t* meeting_uuid, uint32_t participant,
                                         uint32_t sender_index);

/* SealedGeneration: opened with the join's key and ready to open frames. Then the client says KeyReady. */
int32_t SEALHALL_EXPORT(sealhall_add_generation)(SealhallSession* session, uint32_t generation, const uint8_t* enc,
                                                 uint32_t enc_size, const uint8_t* ciphertext,
                                                 uint32_t ciphertext_size);
/* Seal with it from now on; the ones before open for 10 s more. */
int32_t SEALHALL_EXPORT(sealhall_activate)(SealhallSession* session, uint32_t generation, double now_ms);
/* Erases what is due. Sealing and opening do it too. */
void SEALHALL_EXPORT(sealhall_advance)(SealhallSession* session, double now_ms);
/* The generation that seals now, 0 when there is none. */
uint32_t SEALHALL_EXPORT(sealhall_active_generation)(SealhallSession* session);

/* The roster: only who is in it is opened. `nonce`: 16 bytes. */
int32_t SEALHALL_EXPORT(sealhall_set_sender)(SealhallSession* session, uint32_t sender_index, const uint8_t* nonce);
void SEALHALL_EXPORT(sealhall_remove_sender)(SealhallSession* session, uint32_t sender_index);

/* One SEALED or OPENED event with this ticket follows, now or when the host's AEAD has answered. `clear_prefix`: bytes
 * at the front that stay readable and are authenticated (0 for Opus, sealhall_vp8_clear_prefix for VP8). */
void SEALHALL_EXPORT(sealhall_seal)(SealhallSession* session, uint32_t ticket, uint32_t context, const uint8_t* frame,
                                    uint32_t frame_size, uint32_t clear_prefix, double now_ms);
void SEALHALL_EXPORT(sealhall_open)(SealhallSession* session, uint32_t ticket, const uint8_t* frame,
                                    uint32_t frame_size, uint32_t clear_prefix, double now_ms);
/* The same for H.264, as ITU-T H.264 annex B writes frames: the core finds what stays readable (parameter sets and the
 * front of the first slice), and hides what is sealed from packetizers, which cut frames at start codes. What is opened
 * has start codes of four bytes and no SEI in front of the first slice. MALFORMED: no frame that could be sent. */
void SEALHALL_EXPORT(sealhall_seal_h264)(SealhallSession* session, uint32_t ticket, uint32_t context,
                                         const uint8_t* frame, uint32_t frame_size, double now_ms);
void SEALHALL_EXPORT(sealhall_open_h264)(SealhallSession* session, uint32_t ticket, const uint8_t* frame,
                                         uint32_t frame_size, double now_ms);
/* The host's answer to an AEAD_JOB: how many bytes it wrote to `output`, or -1 when it did not authenticate. */
void SEALHALL_EXPORT(sealhall_aead_done)(SealhallSession* session, uint32_t ticket, int32_t written);

/* The oldest event that has not been taken; its pointers live until the next call of any function of this session. */
const SealhallEvent* SEALHALL_EXPORT(sealhall_next_event)(SealhallSession* session);
/* How many frames were opened or dropped and why, since the start. `which` is a SealhallCounter. */
uint32_t SEALHALL_EXPORT(sealhall_count)(SealhallSession* session, uint32_t which);
/* RFC 7741: 10 bytes of a key frame and 3 of another, never more than the frame has. */
uint32_t SEALHALL_EXPORT(sealhall_vp8_clear_prefix)(const uint8_t* frame, uint32_t frame_size);

#ifdef __cplusplus
}
#endif

#endif
