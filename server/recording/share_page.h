// The page behind a share link: asks for the passcode when there is one, then plays.
#pragma once

#include <string>

#include "io/http/message.h"
#include "server/identity/account_words.h"

namespace sealhall::recordings {

io::HttpResponse share_page(const std::string& token, identity::Reading reading);

}  // namespace sealhall::recordings
