// The events of the sensors as functions read and write them: one described struct per type of manifests/events.toml, with the
// members that its schema names.
#pragma once

#include <gofuture/event.hpp>
#include <gofuture/json.hpp>
#include <string>

namespace iot {

struct TemperatureMeasured {
  std::string sensor_id;
  double celsius = 0;
  std::int64_t measured_at_ms = 0;
};
BOOST_DESCRIBE_STRUCT(TemperatureMeasured, (), (sensor_id, celsius, measured_at_ms))

struct AlarmRaised {
  std::string sensor_id;
  double celsius = 0;
  std::int64_t readings = 0;
};
BOOST_DESCRIBE_STRUCT(AlarmRaised, (), (sensor_id, celsius, readings))

struct AlarmCleared {
  std::string sensor_id, reason;
};
BOOST_DESCRIBE_STRUCT(AlarmCleared, (), (sensor_id, reason))

struct PageRequested {
  std::string sensor_id, engineer, text;
};
BOOST_DESCRIBE_STRUCT(PageRequested, (), (sensor_id, engineer, text))

using Events = gofuture::Events<TemperatureMeasured, AlarmRaised, AlarmCleared, PageRequested>;

}  // namespace iot
GOFUTURE_EVENTS(iot::Events)
