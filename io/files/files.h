// Files that survive a crash: written beside, synced, renamed into place.
#pragma once

#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/expected.h"

namespace sealhall::io {

/// A sentence that names the path and the cause ("The folder /var/lib/x cannot be written: permission denied.").
struct FileError {
  int code = 0;  ///< errno
  std::string reason;
};

/// Replaces `path` by `content` so that a reader sees the old or the new whole, even after a power cut: temporary file
/// in the same folder, fsync, rename, fsync of the folder. `mode` is exact (the umask does not matter).
expected<void, FileError> write_file_atomically(const std::string& path, ByteView content, unsigned mode = 0600);

/// The whole file; an error when it is larger than `limit` bytes.
expected<Bytes, FileError> read_file(const std::string& path, std::size_t limit = 16U << 20);

/// Makes the folder and its parents. The last one gets `mode`; when it exists already and belongs to us, its mode is
/// tightened to `mode`. What was made survives a power cut. An error when it is no folder, or cannot be written.
expected<void, FileError> make_private_folder(const std::string& path, unsigned mode = 0700);

/// All of `data` to the descriptor, over interruptions; false when that failed, the cause in errno.
bool write_all(int fd, ByteView data);

[[nodiscard]] bool file_exists(const std::string& path);
/// Does nothing when there is none.
void remove_file(const std::string& path);

/// The folder of the running executable, where its sister programs are.
std::string executable_folder();

}  // namespace sealhall::io
