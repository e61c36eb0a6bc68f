// The file in which an operator says how mail is sent and through whom people sign in.
#pragma once

#include <string>

#include "core/base/expected.h"
#include "server/control/people.h"

namespace sealhall::control {

/// Reads the JSON file `path`; nothing is set when there is none. Unknown members are errors, so that a slip of the pen
/// is noticed. Secrets may be written as "file:/path", which stands for that file's first line. The failure is a
/// sentence.
///
///   {"mail": {"server": "smtps://mail.example.org", "from": "meet@example.org", "user": "meet",
///             "password": "file:/etc/sealhall/mail-password"},
///    "providers": [{"id": "work", "name": "Example", "issuer": "https://id.example.org", "client_id": "meet",
///                   "client_secret": "file:/etc/sealhall/oidc-secret", "email_domains": ["example.org"]}],
///    "breached_passwords": "/var/lib/sealhall/pwned.txt"}
expected<void, std::string> read_people_file(const std::string& path, PeopleOptions& into);

}  // namespace sealhall::control
