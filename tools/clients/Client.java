/* Client LIST: what HttpsURLConnection says of each URL; its roots by -Djavax.net.ssl.trustStore. LIST holds lines
 * "NAME URL SECONDS". */
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

public class Client {
    static String said(String url, int seconds) {
        try {
            HttpURLConnection connection = (HttpURLConnection) new URL(url).openConnection();
            connection.setConnectTimeout(seconds * 1000);
            connection.setReadTimeout(seconds * 1000);
            int status = connection.getResponseCode();
            InputStream body = status < 400 ? connection.getInputStream() : connection.getErrorStream();
            while (body != null && body.read(new byte[8192]) >= 0) {
            }
            return "ok";
        } catch (Throwable e) {
            return e.getClass().getName() + ": " + e.getMessage();
        }
    }

    /* Its own time limits are for each read: a body that drips would never end. */
    static String within(String url, int seconds) throws InterruptedException {
        String[] text = {"timeout"};
        Thread thread = new Thread(() -> text[0] = said(url, seconds));
        thread.setDaemon(true);
        thread.start();
        thread.join(seconds * 1000L + 500);
        return text[0];
    }

    public static void main(String[] words) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(6);
        for (String line : Files.readAllLines(Path.of(words[0]))) {
            String[] parts = line.split(" ");
            pool.submit((java.util.concurrent.Callable<Void>) () -> {
                String text = within(parts[1], Integer.parseInt(parts[2])).replace("\\", "\\\\").replace("\"", "\\\"")
                    .replaceAll("\\p{Cntrl}", " ");
                synchronized (System.out) {
                    System.out.println("[\"" + parts[0] + "\",\"" + text + "\"]");
                }
                return null;
            });
        }
        pool.shutdown();
        pool.awaitTermination(1, TimeUnit.HOURS);
        System.exit(0);
    }
}
