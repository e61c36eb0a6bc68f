// Both directions of SRTP for one transport: include this, use `SrtpSender` and `SrtpReceiver`.
#pragma once

#include "core/srtp/error.h"     // IWYU pragma: export
#include "core/srtp/profile.h"   // IWYU pragma: export
#include "core/srtp/receiver.h"  // IWYU pragma: export
#include "core/srtp/sender.h"    // IWYU pragma: export
