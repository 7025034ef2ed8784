// What an event that waits keeps alive: a record of 300 bytes can pin a fetch buffer of two megabytes.
#include "unit/pipeline/rig.hpp"

namespace gofuture::test {
namespace {

// Stands for the fetch buffer: counts the records that still point into it.
class Pin : public RecordHold {
 public:
  Pin(Record content, int& held) : content_(std::move(content)), held_(held) { ++held_; }
  ~Pin() override { --held_; }
  void headers(std::vector<Header>& into) const override { content_.hold->headers(into); }

 private:
  Record content_;
  int& held_;
};

class Memory : public ::testing::Test {
 protected:
  void read(const std::vector<RecordBuilder>& all) {
    std::vector<Record> records;
    for (const RecordBuilder& one : all) {
      Record content = one.at(kTrips, 0, next++), record;
      record.topic = content.topic;
      record.offset = content.offset;
      record.key = content.key;
      record.value = content.value;
      record.hold = HoldPointer(new Pin(std::move(content), held));
      records.push_back(std::move(record));
    }
    rig.pipeline->on_records(std::move(records));
  }
  RecordBuilder own() {
    ++number;
    return trip(number, "k" + std::to_string(number));
  }
  RecordBuilder of_others() { return own().type("TripIgnored"); }

  int held = 0;
  std::int64_t next = 0;
  std::uint64_t number = 0;
  Rig rig{{.batch_max = 2}};
};

TEST_F(Memory, WhatWaitsBehindItsKeyIsCopiedAndHandledAsItCame) {
  rig.assign({kP0});
  read({trip(1, "k"), trip(2, "k"), trip(3, "k")});
  EXPECT_EQ(held, 1);
  rig.settle();
  EXPECT_EQ(held, 0);
  EXPECT_THAT(rig.causes(), testing::ElementsAre(id(1), id(2), id(3)));
}

TEST_F(Memory, ALongQueueKeepsItsBuffersWhereMostOfThemIsForTheFunction) {
  rig.assign({kP0});
  for (int i = 0; i < 3; ++i) read({own(), of_others(), own(), own(), own()});
  EXPECT_EQ(held, 12);
}

TEST_F(Memory, ALongQueueIsCopiedWhereMostOfWhatIsReadIsForOthers) {
  rig.assign({kP0});
  read({of_others(), of_others(), of_others(), of_others(), own()});
  EXPECT_EQ(held, 1) << "it is known from the records before";
  read({own(), of_others(), of_others(), of_others(), own(), of_others(), own(), own()});
  EXPECT_EQ(held, 3) << "a batch's worth is on its way, the others wait";
  read({own(), own(), own()});
  EXPECT_EQ(held, 6) << "and now most is for the function again";
}

}  // namespace
}  // namespace gofuture::test
