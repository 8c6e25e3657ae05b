#include "sweep/messages.hpp"

#include "support/error.hpp"

#include <nlohmann/json.hpp>

namespace fusesim::sweep {

namespace {

using Json = nlohmann::json;

std::string packed_json(const Json &json) {
  std::string bytes;
  Json::to_msgpack(json, bytes);
  return bytes;
}

template <class T> T unpacked_json(const Message &message) {
  try {
    return Json::from_msgpack(message.body).get<T>();
  } catch (const Json::exception &) {
    throw InternalError("a message between ranks that cannot be read");
  }
}

} // namespace

std::string encoded(Message::Kind kind, std::string_view body) {
  std::string bytes(1, static_cast<char>(kind));
  return bytes.append(body);
}

Message decoded(std::string_view bytes) {
  if (bytes.empty())
    throw InternalError("an empty message between ranks");
  return {static_cast<Message::Kind>(bytes.front()), std::string(bytes.substr(1))};
}

std::string encoded(const Hello &hello) {
  return packed_json({hello.host, hello.identity, hello.version, hello.workers});
}

Hello hello_in(const Message &message) {
  const auto json = unpacked_json<Json>(message);
  return {json.at(0), json.at(1), json.at(2), json.at(3)};
}

std::string encoded_numbers(std::span<const std::uint64_t> numbers) {
  return packed_json(std::vector<std::uint64_t>(numbers.begin(), numbers.end()));
}

std::vector<std::uint64_t> numbers_in(const Message &message) {
  return unpacked_json<std::vector<std::uint64_t>>(message);
}

} // namespace fusesim::sweep
