import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/**
 * PassThrough BROKERS APPLICATION IN[,IN…] OUT THREADS STATE_FOLDER: the Kafka Streams side of benches A and H. Jackson reads
 * three members and adds a fourth, the record goes on under a new id.
 */
public final class PassThrough {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final byte[] PASSED = "Passed".getBytes(StandardCharsets.UTF_8);

  /** UUIDv7; SecureRandom, as UUID.randomUUID() has it, would cost more. */
  private static byte[] newId() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long high = System.currentTimeMillis() << 16 | 0x7000L | random.nextLong() & 0xfffL;
    long low = random.nextLong() >>> 2 | 0x8000000000000000L;
    return new UUID(high, low).toString().getBytes(StandardCharsets.UTF_8);
  }

  private static final class Pass extends ContextualProcessor<byte[], byte[], byte[], byte[]> {
    @Override
    public void process(Record<byte[], byte[]> event) {
      byte[] data;
      try {
        ObjectNode members = (ObjectNode) JSON.readTree(event.value());
        long n = members.get("n").longValue();
        String key = members.get("key").textValue();
        String note = members.get("note").textValue();
        members.put("sum", n + key.length() + note.length());
        data = JSON.writeValueAsBytes(members);
      } catch (IOException wrong) {
        throw new UncheckedIOException(wrong);
      }
      event.headers().remove("ce_id").remove("ce_type").add("ce_id", newId()).add("ce_type", PASSED);
      context().forward(event.withValue(data));
    }
  }

  public static void main(String[] arguments) throws InterruptedException {
    Properties settings = new Properties();
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[0]);
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, arguments[1]);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, arguments[4]);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, arguments[5]);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.AT_LEAST_ONCE);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1000);
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG), "bench");  // static membership, as ours has it
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), 10_000);
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG), 500);
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 5_000);
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.ACKS_CONFIG), "all");
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG), true);
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), System.getProperty("bench.linger", "1"));
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), System.getProperty("bench.batch", "1000000"));
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), 64 << 20);

    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(Arrays.asList(arguments[2].split(",")), Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
        .process(Pass::new)
        .to(arguments[3], Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));
    KafkaStreams streams = new KafkaStreams(builder.build(), settings);
    CountDownLatch ended = new CountDownLatch(1);
    streams.setUncaughtExceptionHandler(wrong -> {
      wrong.printStackTrace();
      Runtime.getRuntime().halt(1);
      return null;
    });
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      streams.close();
      ended.countDown();
    }));
    streams.start();
    ended.await();
  }
}
