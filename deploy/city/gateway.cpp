#include "gateway.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>
#include <fstream>
#include <memory>
#include <unordered_map>
#include <vector>

#include "database.hpp"  // Trouble
#include "gateway_ledger.hpp"
#include "ids.hpp"

namespace city {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace json = boost::json;
using tcp = asio::ip::tcp;

namespace {

constexpr std::uint64_t kDeclineSalt = 0xdec1, kSlowSalt = 0x510e, kErrorSalt = 0xe505, kLostSalt = 0x105e;

struct Reply {
  http::status status = http::status::ok;
  json::object body;
  bool durable = true;    // false: the ledger must be synced first
  std::int64_t wait_ms = 0;
};

Reply refuse(http::status status, std::string why) { return {status, {{"error", std::move(why)}}, true, 0}; }

class Gateway {
 public:
  Gateway(asio::io_context& io, const GatewaySettings& settings) : io_(io), settings_(settings), ledger_(settings.ledger) {}

  Reply answer(const http::request<http::string_body>& request) {
    const auto target = std::string(request.target());
    if (request.method() == http::verb::get) return look_up(target);
    if (request.method() != http::verb::post) return refuse(http::status::method_not_allowed, "GET or POST");
    if (target == "/v1/charges") return take(request, "charge");
    if (target == "/v1/refunds") return take(request, "refund");
    if (target == "/v1/messages") return take(request, "message");
    return refuse(http::status::not_found, "no such thing as " + target);
  }

  // All who wait at the end of this turn of the loop share one fdatasync.
  asio::awaitable<void> durable() {
    auto turn = turn_;
    if (!turn) {
      turn = turn_ = std::make_shared<asio::steady_timer>(io_, asio::steady_timer::time_point::max());
      asio::post(io_, [this] {
        ledger_.sync();
        turn_->cancel();
        turn_.reset();
      });
    }
    boost::system::error_code ignored;
    co_await turn->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

 private:
  static json::object as_json(const Entry& entry) {
    if (entry.kind == "message") return {{"notification_id", entry.message_id}, {"status", entry.status}};
    return {{"payment_id", entry.payment_id}, {"booking_id", entry.booking_id}, {"amount_minor", entry.amount_minor},
            {"currency", entry.currency}, {"status", entry.status}};
  }

  static Reply from(const Entry& entry) {
    Reply reply{http::status::ok, as_json(entry), true, 0};
    if (entry.status == "declined") {
      reply.status = http::status::payment_required;
      reply.body["reason"] = "insufficient funds";
    }
    return reply;
  }

  Reply look_up(const std::string& target) const {
    constexpr std::string_view kCharges = "/v1/charges/";
    if (target == "/healthz") return {http::status::ok, {{"entries", ledger_.size()}}, true, 0};
    if (!target.starts_with(kCharges)) return refuse(http::status::not_found, "no such thing as " + target);
    const auto* entry = ledger_.charge_of(target.substr(kCharges.size()));
    if (entry == nullptr) return refuse(http::status::not_found, "no such payment");
    return {http::status::ok, as_json(*entry), false, 0};
  }

  Reply take(const http::request<http::string_body>& request, const std::string& kind) {
    const auto key = std::string(request["Idempotency-Key"]);
    if (key.empty()) return refuse(http::status::bad_request, "Idempotency-Key is missing");
    boost::system::error_code error;
    const auto value = json::parse(request.body(), error);
    if (error || !value.is_object()) return refuse(http::status::bad_request, "the body is not a JSON object");
    const auto& body = value.as_object();
    const auto text = [&](const char* name) {
      const auto* field = body.if_contains(name);
      return field != nullptr && field->is_string() ? std::string(field->as_string()) : std::string();
    };
    Entry entry{kind, key, text("payment_id"), text("booking_id"), text("currency"), 0, kind == "message" ? "sent" : kind == "refund" ? "refunded" : "captured",
                now_ms(), text("notification_id"), text("user_id")};
    if (const auto* amount = body.if_contains("amount_minor"); amount != nullptr && amount->is_int64()) entry.amount_minor = amount->as_int64();
    if (kind == "message" && (entry.message_id.empty() || entry.user_id.empty() || text("text").empty())) {
      return refuse(http::status::bad_request, "notification_id, user_id and text are needed");
    }
    if (kind != "message" && (entry.payment_id.empty() || entry.booking_id.empty() || entry.currency.size() != 3 || entry.amount_minor <= 0)) {
      return refuse(http::status::bad_request, "payment_id, booking_id, amount_minor > 0 and a currency of three letters are needed");
    }
    const auto time = key + "#" + std::to_string(++times_[key]);
    if (chance(time, settings_.seed ^ kErrorSalt, settings_.errors / 2)) return refuse(http::status::service_unavailable, "come again");
    auto reply = take_once(std::move(entry));
    if (chance(time, ~settings_.seed ^ kErrorSalt, settings_.errors / 2)) return {http::status::service_unavailable, {{"error", "something broke"}}, false, 0};
    if (chance(time, settings_.seed ^ kLostSalt, settings_.lost)) reply.wait_ms = settings_.lost_ms;
    return reply;
  }

  Reply take_once(Entry entry) {
    const auto &key = entry.key, &kind = entry.kind;
    if (const auto* known = ledger_.by_key(key)) {
      if (known->kind != kind || known->payment_id != entry.payment_id || known->booking_id != entry.booking_id ||
          known->amount_minor != entry.amount_minor || known->currency != entry.currency || known->message_id != entry.message_id) {
        return refuse(http::status::unprocessable_entity, "this Idempotency-Key came with another body before");
      }
      auto reply = from(*known);
      reply.durable = false;  // its first sender may still wait for the disk
      return reply;
    }
    if (kind == "charge" && declines(entry.booking_id, settings_)) entry.status = "declined";
    const auto booking = entry.booking_id;
    auto reply = from(ledger_.append(std::move(entry)));
    reply.durable = false;
    if (chance(booking, settings_.seed ^ kSlowSalt, settings_.slow)) {
      reply.wait_ms = settings_.slow_ms + static_cast<std::int64_t>(hash(booking, settings_.seed) % static_cast<std::uint64_t>(settings_.slow_ms + 1));
    }
    return reply;
  }

  asio::io_context& io_;
  const GatewaySettings& settings_;
  GatewayLedger ledger_;
  std::unordered_map<std::string, int> times_;  // by key: how often it was sent
  std::shared_ptr<asio::steady_timer> turn_;
};

asio::awaitable<void> serve(tcp::socket socket, Gateway& gateway) {
  beast::tcp_stream stream(std::move(socket));
  stream.socket().set_option(tcp::no_delay(true));
  beast::flat_buffer buffer;
  boost::system::error_code error;
  const auto token = [&] { return asio::redirect_error(asio::use_awaitable, error); };
  for (bool more = true; more && !error;) {
    http::request<http::string_body> request;
    co_await http::async_read(stream, buffer, request, token());
    if (error) break;
    auto reply = gateway.answer(request);
    if (!reply.durable) co_await gateway.durable();
    if (reply.wait_ms > 0) {
      asio::steady_timer slow(stream.get_executor(), std::chrono::milliseconds(reply.wait_ms));
      co_await slow.async_wait(token());
    }
    http::response<http::string_body> response(reply.status, request.version());
    response.set(http::field::content_type, "application/json");
    response.body() = json::serialize(reply.body);
    response.keep_alive(request.keep_alive());
    response.prepare_payload();
    more = request.keep_alive();
    co_await http::async_write(stream, response, token());
  }
  stream.socket().shutdown(tcp::socket::shutdown_both, error);
}

asio::awaitable<void> accept(tcp::acceptor& acceptor, Gateway& gateway) {
  for (;;) {
    auto socket = co_await acceptor.async_accept(asio::use_awaitable);
    asio::co_spawn(acceptor.get_executor(), serve(std::move(socket), gateway), asio::detached);
  }
}

}  // namespace

bool declines(const std::string& booking_id, const GatewaySettings& settings) {
  return chance(booking_id, settings.seed ^ kDeclineSalt, settings.declined);
}

void run_gateway(const GatewaySettings& settings, const std::function<void(const std::string&)>& listening) {
  const auto colon = settings.listen.rfind(':');
  if (colon == std::string::npos) throw Trouble("--listen needs HOST:PORT, not \"" + settings.listen + "\"");
  asio::io_context io(1);
  Gateway gateway(io, settings);
  boost::system::error_code error;
  const auto host = asio::ip::make_address(settings.listen.substr(0, colon), error);
  if (error) throw Trouble("--listen needs an address of numbers, not \"" + settings.listen + "\"");
  tcp::acceptor acceptor(io);
  const tcp::endpoint endpoint(host, static_cast<std::uint16_t>(std::stoi(settings.listen.substr(colon + 1))));
  acceptor.open(endpoint.protocol());
  acceptor.set_option(tcp::acceptor::reuse_address(true));
  acceptor.bind(endpoint, error);
  if (error) throw Trouble("the gateway cannot listen on " + settings.listen + ": " + error.message() + "; another port: --listen 127.0.0.1:0 picks one");
  acceptor.listen();
  const auto address = settings.listen.substr(0, colon) + ":" + std::to_string(acceptor.local_endpoint().port());
  if (!settings.port_file.empty()) {
    std::ofstream(settings.port_file + ".new") << address << "\n";
    std::rename((settings.port_file + ".new").c_str(), settings.port_file.c_str());
  }
  listening(address);
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](auto, auto) { io.stop(); });
  asio::co_spawn(io, accept(acceptor, gateway), asio::detached);
  io.run();
}

}  // namespace city
