// One HTTPS server for each configuration: Server DIR PORT NAME ...; it says "ready" once all listen.
import com.sun.net.httpserver.*;
import java.io.FileInputStream;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.security.KeyStore;
import java.security.Security;
import java.util.List;
import java.util.concurrent.Executors;
import javax.net.ssl.*;

public class Server {
	static final char[] PASSWORD = "audit0".toCharArray();

	static KeyStore store(String file) throws Exception {
		KeyStore keys = KeyStore.getInstance("PKCS12");
		try (InputStream in = new FileInputStream(file)) {
			keys.load(in, PASSWORD);
		}
		return keys;
	}

	static void listen(String folder, int port, String name) throws Exception {
		KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
		keys.init(store(folder + "/rsa.p12"), PASSWORD);
		SSLContext context = SSLContext.getInstance("TLS");
		context.init(keys.getKeyManagers(), null, null);
		HttpsServer server = HttpsServer.create(new InetSocketAddress("127.0.0.1", port), 64);
		server.setHttpsConfigurator(new HttpsConfigurator(context) {
			@Override
			public void configure(HttpsParameters to) {
				SSLParameters parameters = context.getDefaultSSLParameters();
				if (name.equals("names")) {
					parameters.setSNIMatchers(List.of(SNIHostName.createSNIMatcher("t\\.example")));
					parameters.setApplicationProtocols(new String[] { "http/1.1" });
				} else if (name.equals("old")) {
					parameters.setProtocols(new String[] { "TLSv1", "TLSv1.1", "TLSv1.2" });
					parameters.setWantClientAuth(true);
				} else if (name.equals("required")) {
					parameters.setNeedClientAuth(true);
				}
				to.setSSLParameters(parameters);
			}
		});
		server.createContext("/", exchange -> {
			exchange.sendResponseHeaders(200, 4);
			exchange.getResponseBody().write("well".getBytes());
			exchange.close();
		});
		server.setExecutor(Executors.newFixedThreadPool(16));
		server.start();
	}

	public static void main(String[] words) throws Exception {
		Security.setProperty("jdk.tls.disabledAlgorithms", "");
		for (int i = 1; i + 1 < words.length; i += 2)
			listen(words[0], Integer.parseInt(words[i]), words[i + 1]);
		System.out.println("ready");
	}
}
