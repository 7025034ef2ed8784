#include "ingress/connection.hpp"

#include <chrono>
#include <utility>

namespace gofuture {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::asio::ip::tcp;
using std::chrono::milliseconds;

constexpr auto kWriteDeadline = std::chrono::seconds(10), kDiscardDeadline = std::chrono::seconds(2);
constexpr std::size_t kFirstBytes = 4096, kDiscardBytesMax = 4 << 20;

// A header's name without respect to case; only what a CloudEvent can use.
std::string lower(std::string_view name) {
  std::string out(name);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Connection::Connection(tcp::socket socket, Desk& desk, const IngressOptions& options, std::function<void(Connection*)> closed)
    : stream_(std::move(socket)), desk_(desk), options_(options), closed_(std::move(closed)) {}

Connection::~Connection() { closed_(this); }

void Connection::stop() {
  stopping_ = true;
  if (!whole_) stream_.close();
}

// The timeout for a whole request runs from its first byte, not from the end of the one before.
void Connection::await_request() {
  whole_ = false;
  if (stopping_) return;
  parser_.emplace();
  parser_->body_limit(options_.body_bytes_max);
  parser_->header_limit(options_.header_bytes_max);
  if (buffer_.size() > 0) return read_head();  // it came with the one before
  stream_.expires_after(milliseconds(options_.idle_timeout_ms));
  stream_.async_read_some(buffer_.prepare(kFirstBytes), [self = shared_from_this()](beast::error_code error, std::size_t bytes) {
    if (error) return;
    self->buffer_.commit(bytes);
    self->read_head();
  });
}

void Connection::read_head() {
  stream_.expires_after(milliseconds(options_.read_timeout_ms));
  http::async_read_header(stream_, buffer_, *parser_, [self = shared_from_this()](beast::error_code error, std::size_t) {
    error ? self->fail(error) : self->judge_head();
  });
}

void Connection::judge_head() {
  const auto& request = parser_->get();
  const RequestHead head{.method = view(request.method_string()),
                         .path = view(request.target()),
                         .authorization = view(request[http::field::authorization]),
                         .content_type = view(request[http::field::content_type]),
                         .content_encoding = view(request[http::field::content_encoding]),
                         .has_length = parser_->content_length().has_value() || parser_->chunked()};
  if (const auto refusal = desk_.refusal(head)) return answer(*refusal, true);  // its body is not read
  if (!beast::iequals(request[http::field::expect], "100-continue")) return read_body();
  go_on_.emplace(http::status::continue_, request.version());
  http::async_write(stream_, *go_on_, [self = shared_from_this()](beast::error_code error, std::size_t) {
    if (!error) self->read_body();
  });
}

void Connection::read_body() {
  http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](beast::error_code error, std::size_t) {
    error ? self->fail(error) : self->hand_over();
  });
}

void Connection::hand_over() {
  whole_ = true;
  stream_.expires_never();  // the commit has a deadline of its own
  const auto& request = parser_->get();
  HttpContent content;
  content.content_type = view(request[http::field::content_type]);
  content.body = request.body();
  for (const auto& field : request) {
    std::string name = lower(view(field.name_string()));
    if (name.starts_with("ce-") || name == "traceparent" || name == "tracestate")
      content.headers.emplace_back(std::move(name), view(field.value()));
  }
  desk_.take(content, [self = shared_from_this()](const Reply& answer) { self->answer(answer, false); });
}

void Connection::answer(const Reply& answer, bool close) {
  whole_ = true;
  const bool keep = !close && !stopping_ && parser_->get().keep_alive();
  if (answer.status >= 300) desk_.probe().refused(answer.reason);
  response_.emplace(static_cast<http::status>(answer.status), parser_->get().version());
  response_->set(http::field::content_type, "application/json");
  if (answer.status == 401) response_->set(http::field::www_authenticate, "Bearer");
  if (answer.retry_after_s) response_->set(http::field::retry_after, std::to_string(*answer.retry_after_s));
  if (!answer.allow.empty()) response_->set(http::field::allow, answer.allow);
  response_->keep_alive(keep);
  response_->body() = parser_->get().method() == http::verb::head ? std::string() : answer.body;
  response_->prepare_payload();
  stream_.expires_after(kWriteDeadline);
  http::async_write(stream_, *response_, [self = shared_from_this(), keep](beast::error_code error, std::size_t) {
    if (error) return;
    if (keep) return self->await_request();
    beast::error_code ignored;
    self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    self->stream_.expires_after(kDiscardDeadline);
    self->discard();
  });
}

// A socket that is closed while bytes wait in it is reset, and the answer may be lost with it: what the sender still sends is
// taken and thrown away, for a while.
void Connection::discard() {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(kFirstBytes), [self = shared_from_this()](beast::error_code error, std::size_t bytes) {
    self->discarded_ += bytes;
    if (!error && self->discarded_ < kDiscardBytesMax && !self->stopping_) self->discard();
  });
}

// Of reading a request.
void Connection::fail(beast::error_code error) {
  if (error == http::error::body_limit)
    return answer(refused(413, "too_large", "the body is larger than " + std::to_string(options_.body_bytes_max) + " bytes; send smaller batches"),
                  true);
  if (error == http::error::header_limit)
    return answer(refused(431, "headers_too_large", "the headers are larger than " + std::to_string(options_.header_bytes_max) + " bytes"),
                  true);
  if (error == beast::error::timeout) return desk_.probe().refused("timeout");  // the connection is closed by now
  if (error.category() == http::make_error_code(http::error::bad_method).category() && error != http::error::end_of_stream &&
      error != http::error::partial_message)
    answer(refused(400, "bad_request", "this is not HTTP/1.1: " + error.message()), true);
}

}  // namespace gofuture
