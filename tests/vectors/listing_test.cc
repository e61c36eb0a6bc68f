// Every public vector file that we were given is run by a test here, or named with the reason why it does not fit.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "tests/support/source_dir.h"
#include "tests/support/vectors.h"

namespace sealhall {
namespace {

namespace fs = std::filesystem;

const std::string mls = "MLS is not offered: kms makes the generation secrets";
const std::string post_quantum = "no post-quantum KEM is offered";
const std::string other_curve = "a curve that is not offered";

/// Files, or whole folders, of which nothing is run.
const std::map<std::string, std::string> left_out{
    {"mls", mls},
    {"mlkem", post_quantum},
    {"sframe/sframe-aes256-ctr-hmac-draft.json", "suites of a later draft, in no RFC; not offered"},
    {"wycheproof/aes_kwp_test.json", "key wrap is not offered: keys are wrapped with AEAD"},
    {"wycheproof/aes_wrap_test.json", "key wrap is not offered: keys are wrapped with AEAD"},
    {"wycheproof/c2sp_chunked_encryption_aes_256_gcm_test.json",
     "another format of files; ours is docs/protocol/at-rest.md, with vectors of its own in at_rest.json"},
    {"wycheproof/chacha20_poly1305_test.json", "ChaCha20-Poly1305 is not offered"},
    {"wycheproof/ecdsa_secp384r1_sha384_test.json", other_curve},
    {"wycheproof/ed448_test.json", other_curve},
    {"wycheproof/x448_test.json", other_curve},
};

/// The source of the tests in this folder, without this file.
std::string tests_here() {
  std::string text;
  for (const auto& entry : fs::directory_iterator{test::source_path("tests/vectors")}) {
    const fs::path& path = entry.path();
    if (path.extension() != ".cc" || path.filename() == "listing_test.cc") continue;
    std::ifstream file{path};
    text.append(std::istreambuf_iterator<char>{file}, {});
  }
  return text;
}

TEST_CASE("vectors: every file is run, or named with the reason why not") {
  const auto any = test::vectors_path("sframe/sframe-rfc9605.json");
  if (!any) return;
  const fs::path folder = fs::path{*any}.parent_path().parent_path();
  const std::string tests = tests_here();
  std::vector<std::string> seen;
  int run = 0;
  for (const auto& entry : fs::recursive_directory_iterator{folder}) {
    if (entry.path().extension() != ".json") continue;
    const fs::path relative = entry.path().lexically_relative(folder);
    const std::string name = relative.generic_string();
    CAPTURE(name);
    // As a test gives it to load_vectors.
    const bool is_run = tests.find(relative.filename().string() + '"') != std::string::npos;
    const auto whole_folder = left_out.find(relative.begin()->string());
    const auto reason = whole_folder != left_out.end() ? whole_folder : left_out.find(name);
    CHECK_MESSAGE(is_run != (reason != left_out.end()), "neither run nor left out, or both");
    if (is_run) ++run;
    if (reason != left_out.end()) seen.push_back(reason->first);
  }
  for (const auto& [name, why] : left_out) {
    const auto files = std::ranges::count(seen, name);
    MESSAGE(name, ", ", files, " not run: ", why);
    CHECK_MESSAGE(files > 0, "left out and not there: ", name);
  }
  MESSAGE("vector files that are run: ", run);
  CHECK(run >= 16);
}

}  // namespace
}  // namespace sealhall
