// A subscriber in Java with JeroMQ (Debian: apt-get install libjeromq-java default-jdk-headless). It knows nothing of load tests.
//
//     javac -cp /usr/share/java/jeromq.jar JeroMqSubscriber.java
//     java -cp /usr/share/java/jeromq.jar:. JeroMqSubscriber tcp://127.0.0.1:5556 [high-water mark] [microseconds for each event]
//
// SIGTERM and Ctrl-C end it: it prints how many events it has received.

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.zeromq.ZMQ;

public class JeroMqSubscriber {
  public static void main(String[] args) throws InterruptedException {
    String address = args.length > 0 ? args[0] : "tcp://127.0.0.1:5556";
    int highWaterMark = args.length > 1 ? Integer.parseInt(args[1]) : 1000;
    long serviceUs = args.length > 2 ? Long.parseLong(args[2]) : 0;
    AtomicLong received = new AtomicLong();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("received " + received.get())));
    ZMQ.Socket socket = ZMQ.context(1).socket(ZMQ.SUB);
    socket.setRcvHWM(highWaterMark);
    socket.subscribe(new byte[0]);
    socket.connect(address);
    while (true) {
      socket.recv();
      if (!socket.hasReceiveMore()) continue;
      byte[] body = socket.recv();
      if (body != null) received.incrementAndGet();
      if (serviceUs > 0) TimeUnit.MICROSECONDS.sleep(serviceUs);
    }
  }
}
