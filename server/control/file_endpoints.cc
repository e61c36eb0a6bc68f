// Tested in meeting_activity_test.cc
#include "server/control/file_endpoints.h"

#include <utility>

namespace sealhall::control::file_shapes {

struct FilePath {
  std::string file;
};
BOOST_DESCRIBE_STRUCT(FilePath, (), (file))
struct FilePiece {
  std::string ticket;
  std::uint64_t offset = 0;
  Bytes data;
};
BOOST_DESCRIBE_STRUCT(FilePiece, (), (ticket, offset, data))
struct FileReceived {
  std::uint64_t received = 0;
};
BOOST_DESCRIBE_STRUCT(FileReceived, (), (received))
struct FileRange {
  std::string file;
  std::string ticket;
  std::uint64_t offset = 0;
  std::uint32_t size = 0;
};
BOOST_DESCRIBE_STRUCT(FileRange, (), (file, ticket, offset, size))

}  // namespace sealhall::control::file_shapes

namespace sealhall::wire {
template <>
inline constexpr Limit limit_of<&control::file_shapes::FilePiece::data> = size_between(1, 512U << 10);
}  // namespace sealhall::wire

namespace sealhall::control {
namespace {

using namespace file_shapes;

api::ApiError to_api(FileError error) {
  switch (error) {
    case FileError::no_such_ticket:
      return {403, "This ticket is not valid any more. Please ask for the file again."};
    case FileError::wrong_piece:
      return {409, "This is not the piece that comes next."};
    case FileError::unavailable:
      return {503, "The server cannot do this right now. Please try the same piece again."};
    case FileError::gone:
      return {410, "This file is not there any more."};
  }
  return {500, "The file cannot be moved."};
}

}  // namespace

void add_file_endpoints(api::Registry& registry, FileStore& store) {
  constexpr std::size_t body = 1U << 20;
  registry.add({"PUT", "/api/files/{file}", "Meetings", "Upload the next piece of a file for the chat",
                api::Access::anyone(), 200, body},
               [&store](api::Call<FilePath, FilePiece> call, api::Answer<FileReceived> answer) {
                 store.put(call.query.file, call.body.ticket, call.body.offset, std::move(call.body.data),
                           [answer = std::move(answer)](expected<std::uint64_t, FileError> received) mutable {
                             if (!received) return answer(to_api(received.error()));
                             answer(FileReceived{*received});
                           });
               });
  registry.add({.method = "GET",
                .path = "/api/files/{file}",
                .tag = "Meetings",
                .summary = "Download a piece of a file of the chat",
                .access = api::Access::anyone(),
                .produces = "application/octet-stream"},
               [&store](api::Call<FileRange> call, api::Answer<api::Http> answer) {
                 store.get(call.query.file, call.query.ticket, call.query.offset, call.query.size,
                           [answer = std::move(answer)](expected<Bytes, FileError> piece) mutable {
                             if (!piece) return answer(to_api(piece.error()));
                             io::HttpResponse response;
                             response.headers.set("Content-Type", "application/octet-stream");
                             response.headers.set("Content-Disposition", "attachment");
                             response.headers.set("Cache-Control", "no-store");
                             response.body.assign(piece->begin(), piece->end());
                             answer(std::move(response));
                           });
               });
}

}  // namespace sealhall::control
