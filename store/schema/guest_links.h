// Links that a host gives to one guest each: of that meeting, for some time, until they are taken back.
#pragma once

#include "store/schema/step.h"

namespace sealhall::store::schema {

/// The name of the guest is sealed. There is no token here: it is made from the meeting's secret, which is sealed too.
inline constexpr SchemaStep guest_links{"guest_links", R"(
  CREATE TABLE guest_links (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts(id),
    meeting_id TEXT NOT NULL REFERENCES meetings(id) ON DELETE CASCADE,
    name_sealed {bytes} NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT
  );
  CREATE INDEX guest_links_by_meeting ON guest_links(meeting_id, created_at);
)"};

}  // namespace sealhall::store::schema
