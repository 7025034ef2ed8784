// NotificationRequested → NotificationSent, by a webhook of whoever brings messages to people's phones.
#include <gofuture/function.hpp>
#include <ride/events.hpp>

struct Settings {
  std::string webhook;  // "http://127.0.0.1:9480/v1/messages"
  std::string channel;  // what it is: "push", "sms" or "email"
};
BOOST_DESCRIBE_STRUCT(Settings, (), (webhook, channel))

struct Message {
  std::string notification_id, user_id, kind, text;
  std::optional<std::string> booking_id;
};
BOOST_DESCRIBE_STRUCT(Message, (), (notification_id, user_id, kind, text, booking_id))

class SendNotification : public gofuture::Function<>, public gofuture::UsesHttp {
 public:
  using Emits = gofuture::Events<ride::NotificationSent>;

  Outcome on(const ride::NotificationRequested& wish) {
    // Named by the notification: also when the event is redriven after a lost answer nobody is told twice.
    const auto answer =
        http().once(wish.notification_id).post("send", settings_.webhook, Message{wish.notification_id, wish.user_id, wish.kind, wish.text, wish.booking_id});
    if (answer.unreachable() || answer.about_us()) return later("the messages' service does not serve us: " + answer.what());
    if (!answer.answered() || answer.status >= 500) return retry("the message is not known to be on its way: " + answer.what());
    if (!answer.success()) return reject("the messages' service refuses " + wish.notification_id + ": " + answer.what());
    emit(ride::NotificationSent{wish.notification_id, wish.user_id, settings_.channel, wish.booking_id, wish.region_id});
    return ok();
  }

 private:
  const Settings settings_ = config<Settings>();
};
GOFUTURE_FUNCTION(SendNotification)
