// The shelf of one article. An order gets its pieces set aside or fails; when it is paid they leave, when it fails they come back.
#include <gofuture/function.hpp>
#include <shop/events.hpp>

struct Shelf {  // kept per sku
  std::int64_t free = 0;
  std::map<std::string, std::int64_t> reserved;  // by order_id
};
BOOST_DESCRIBE_STRUCT(Shelf, (), (free, reserved))

class ReserveStock : public gofuture::Function<Shelf> {
 public:
  using Emits = gofuture::Events<shop::StockReserved, shop::OrderFailed>;

  Outcome on(const shop::StockDelivered& delivered) {
    state().free += delivered.quantity;
    return ok();
  }
  Outcome on(const shop::OrderPlaced& order) {
    if (state().reserved.contains(order.order_id)) return skip("its pieces are set aside already");
    if (state().free < order.quantity) {
      emit(shop::OrderFailed{.order_id = order.order_id, .sku = order.sku, .reason = "sold out"});
      return ok();
    }
    state().free -= order.quantity;
    state().reserved[order.order_id] = order.quantity;
    emit(shop::StockReserved{.order_id = order.order_id, .sku = order.sku, .amount_minor = order.amount_minor});
    return ok();
  }
  Outcome on(const shop::OrderPaid& order) {
    if (state().reserved.erase(order.order_id) == 0) return skip("nothing is set aside for it");
    return ok();
  }
  Outcome on(const shop::OrderFailed& order) {  // our own "sold out", too
    const auto pieces = state().reserved.find(order.order_id);
    if (pieces == state().reserved.end()) return skip("nothing is set aside for it");
    state().free += pieces->second;
    state().reserved.erase(pieces);
    return ok();
  }
};
GOFUTURE_FUNCTION(ReserveStock)
