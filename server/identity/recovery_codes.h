// Codes on paper for the day on which the second factor is lost: each works once.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"

namespace sealhall::identity {

inline constexpr std::size_t recovery_code_count = 10;

/// "K7QM-2XPD-9FHT-WB4N": 80 random bits in letters and digits that are not mistaken for each other. So many bits that
/// a plain hash is enough in the database.
std::string new_recovery_code(RandomSource& random);
/// What is stored, in hexadecimal: SHA-256 over the user and the code. nullopt when it is not the form of a code. Case,
/// spaces and dashes do not matter; O is read as 0, I and L as 1.
std::optional<std::string> recovery_code_hash(std::string_view user_id, std::string_view code);

}  // namespace sealhall::identity
