// The events of the shop as its functions read and write them: one described struct per type of manifests/events.toml, with the
// members that its schema names. Amounts are minor units.
#pragma once

#include <gofuture/event.hpp>
#include <gofuture/json.hpp>
#include <string>

namespace shop {

struct OrderPlaced {
  std::string order_id, sku;
  std::int64_t quantity = 0, amount_minor = 0;
};
BOOST_DESCRIBE_STRUCT(OrderPlaced, (), (order_id, sku, quantity, amount_minor))

struct StockReserved {
  std::string order_id, sku;
  std::int64_t amount_minor = 0;
};
BOOST_DESCRIBE_STRUCT(StockReserved, (), (order_id, sku, amount_minor))

struct OrderPaid {
  std::string order_id, sku;
};
BOOST_DESCRIBE_STRUCT(OrderPaid, (), (order_id, sku))

struct OrderFailed {
  std::string order_id, sku, reason;
};
BOOST_DESCRIBE_STRUCT(OrderFailed, (), (order_id, sku, reason))

struct StockDelivered {
  std::string sku;
  std::int64_t quantity = 0;
};
BOOST_DESCRIBE_STRUCT(StockDelivered, (), (sku, quantity))

struct ChargeRequested {
  std::string order_id;
  std::int64_t amount_minor = 0;
};
BOOST_DESCRIBE_STRUCT(ChargeRequested, (), (order_id, amount_minor))

struct CardCharged {
  std::string order_id;
  std::int64_t amount_minor = 0;
};
BOOST_DESCRIBE_STRUCT(CardCharged, (), (order_id, amount_minor))

struct CardDeclined {
  std::string order_id, reason;
};
BOOST_DESCRIBE_STRUCT(CardDeclined, (), (order_id, reason))

struct RefundRequested {
  std::string order_id;
  std::int64_t amount_minor = 0;
};
BOOST_DESCRIBE_STRUCT(RefundRequested, (), (order_id, amount_minor))

using Events = gofuture::Events<OrderPlaced, StockReserved, OrderPaid, OrderFailed, StockDelivered, ChargeRequested,
                                CardCharged, CardDeclined, RefundRequested>;

}  // namespace shop
GOFUTURE_EVENTS(shop::Events)
