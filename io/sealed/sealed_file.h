// A sealed container (core/envelope/container.h) in a file. Calls block: use them where a disk may take its time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/random.h"
#include "core/envelope/container.h"
#include "io/files/files.h"

namespace sealhall::io {

/// `FileError::code` of content that was changed, belongs elsewhere, or has another key.
inline constexpr int not_authentic_code = 74;  // EBADMSG

class SealedFileWriter {
 public:
  /// Makes the file, which must not exist, with its header. It is on the disk after the first `sync`.
  static expected<SealedFileWriter, FileError> create(const std::string& path, const envelope::Context& context,
                                                      const envelope::Key& key, ByteView wrapped_key,
                                                      RandomSource& random);
  /// What was written and not synced may be lost with the machine, what waits for its segment with the process.
  ~SealedFileWriter();
  SealedFileWriter(SealedFileWriter&&) noexcept;
  SealedFileWriter& operator=(SealedFileWriter&&) noexcept;

  /// Takes plaintext; whole segments go to the file. After an error nothing more can be written.
  expected<void, FileError> write(ByteView plaintext);
  /// What was written survives a power cut.
  expected<void, FileError> sync();
  /// Writes the end and syncs. Nothing may follow.
  expected<void, FileError> finish();

  [[nodiscard]] std::uint64_t size() const noexcept;  ///< plaintext bytes taken
  /// Plaintext bytes that wait until their segment is full.
  [[nodiscard]] std::size_t waiting() const noexcept;
  [[nodiscard]] std::uint64_t stored() const noexcept;  ///< bytes of the file

 private:
  struct State;
  explicit SealedFileWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class SealedFileReader {
 public:
  /// A finished container is opened as such; from one whose writer was stopped the authentic beginning is read.
  static expected<SealedFileReader, FileError> open(const std::string& path, const envelope::Context& context,
                                                    const envelope::Key& key);
  ~SealedFileReader();
  SealedFileReader(SealedFileReader&&) noexcept;
  SealedFileReader& operator=(SealedFileReader&&) noexcept;

  [[nodiscard]] std::uint64_t size() const noexcept;  ///< plaintext bytes
  [[nodiscard]] bool complete() const noexcept;
  /// Exactly these plaintext bytes, which must be inside of the content.
  expected<Bytes, FileError> read(std::uint64_t offset, std::size_t size);
  /// All of it; an error when it is larger than `limit`.
  expected<Bytes, FileError> read_all(std::size_t limit);

 private:
  struct State;
  explicit SealedFileReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The wrapped key in the header of a container.
expected<Bytes, FileError> wrapped_key_of(const std::string& path);

}  // namespace sealhall::io
