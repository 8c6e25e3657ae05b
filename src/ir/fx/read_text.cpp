#include "ir/fx/detail.hpp"

#include "support/error.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <fstream>

namespace fusesim::ir::fx {

namespace {

namespace fs = std::filesystem;

std::string read_bytes(const fs::path &file) {
  const auto status = fs::status(file);
  if (!fs::exists(status))
    throw Error(file.string(), "no such file");
  if (fs::is_directory(status))
    throw Error(file.string(), "is a directory", "give a file written by tools/export_fx.py");
  std::ifstream stream(file, std::ios::binary);
  if (!stream)
    throw Error(file.string(), "cannot be opened for reading");
  std::string bytes;
  std::array<char, 1 << 16> block;
  while (stream.read(block.data(), block.size()), stream.gcount() > 0) {
    bytes.append(block.data(), static_cast<std::size_t>(stream.gcount()));
    if (bytes.size() > kMaxText)
      throw Error(file.string(), "is larger than 1 GiB", "this is no exported graph");
  }
  if (bytes.empty())
    throw Error(file.string(), "is empty");
  return bytes;
}

/// A gzip stream that is inflated block by block.
class Inflater {
public:
  explicit Inflater(std::string &bytes) {
    stream_.next_in = reinterpret_cast<Bytef *>(bytes.data());
    stream_.avail_in = static_cast<uInt>(bytes.size()); // at most kMaxText
    constexpr int kGzipHeader = 16; // zlib.h, inflateInit2: added to the window's bits
    if (inflateInit2(&stream_, MAX_WBITS + kGzipHeader) != Z_OK)
      throw Error("zlib", "cannot start to decompress");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater &) = delete;
  Inflater &operator=(const Inflater &) = delete;

  /// Appends what comes next to `text`; false at the end of the stream.
  bool next(std::string &text, const std::string &place) {
    stream_.next_out = block_.data();
    stream_.avail_out = static_cast<uInt>(block_.size());
    const int status = inflate(&stream_, Z_NO_FLUSH);
    text.append(reinterpret_cast<const char *>(block_.data()), block_.size() - stream_.avail_out);
    if (status == Z_STREAM_END)
      return false;
    if (status == Z_BUF_ERROR || (status == Z_OK && stream_.avail_in == 0 && stream_.avail_out))
      throw Error(place, "is truncated (the compressed data ends early)", "export it again");
    if (status != Z_OK)
      throw Error(place, fmt::format("is damaged: {}", stream_.msg ? stream_.msg : "no gzip data"),
                  "export it again");
    return true;
  }

private:
  z_stream stream_{};
  std::array<Bytef, 1 << 16> block_;
};

std::string inflated(std::string bytes, const std::string &place) {
  Inflater inflater(bytes);
  std::string text;
  while (inflater.next(text, place))
    if (text.size() > kMaxText)
      throw Error(place, "holds more than 1 GiB of text", "this is no exported graph");
  return text;
}

} // namespace

std::string read_text(const fs::path &file) {
  constexpr std::string_view kGzipMagic = "\x1f\x8b"; // RFC 1952, 2.3.1
  auto bytes = read_bytes(file);
  return bytes.starts_with(kGzipMagic) ? inflated(std::move(bytes), file.string()) : bytes;
}

} // namespace fusesim::ir::fx
