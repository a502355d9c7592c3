// One listener for each configuration: Server PORT NAME KEYSTORE ...; it says "ready" once all listen.
import java.io.FileInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.security.KeyStore;
import java.security.Security;
import javax.net.ssl.*;

public class Server {
	static SSLServerSocket listen(int port, String name, String store) throws Exception {
		char[] password = "audit0".toCharArray();
		KeyStore keys = KeyStore.getInstance("PKCS12");
		try (InputStream in = new FileInputStream(store)) {
			keys.load(in, password);
		}
		KeyManagerFactory managers = KeyManagerFactory.getInstance("SunX509");
		managers.init(keys, password);
		SSLContext context = SSLContext.getInstance("TLS");
		context.init(managers.getKeyManagers(), null, null);
		SSLServerSocket socket = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(
			port, 50, InetAddress.getByName("127.0.0.1"));
		SSLParameters parameters = socket.getSSLParameters();
		if (name.equals("ordered")) {
			parameters.setProtocols(new String[] { "TLSv1.2" });
			parameters.setCipherSuites(new String[] { "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
				"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
				"TLS_RSA_WITH_AES_128_CBC_SHA" });
			parameters.setUseCipherSuitesOrder(true);
		} else if (name.equals("client")) {
			parameters.setProtocols(new String[] { "TLSv1.2", "TLSv1.1" });
			parameters.setCipherSuites(new String[] { "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
				"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "TLS_RSA_WITH_AES_256_CBC_SHA" });
			parameters.setUseCipherSuitesOrder(false);
		} else {
			parameters.setProtocols(new String[] { "TLSv1.3" });
			parameters.setCipherSuites(new String[] { "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256" });
			parameters.setUseCipherSuitesOrder(true);
		}
		socket.setSSLParameters(parameters);
		return socket;
	}

	static void serve(SSLSocket socket) {
		try (socket) {
			socket.setSoTimeout(5000);
			if (socket.getInputStream().read() >= 0) {
				socket.getOutputStream().write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".getBytes());
			}
		} catch (Exception e) {
			// A hello that is refused ends here.
		}
	}

	public static void main(String[] words) throws Exception {
		Security.setProperty("jdk.tls.disabledAlgorithms", "");
		Security.setProperty("jdk.tls.legacyAlgorithms", "");
		for (int i = 0; i + 2 < words.length; i += 3) {
			SSLServerSocket listener = listen(Integer.parseInt(words[i]), words[i + 1], words[i + 2]);
			new Thread(() -> {
				while (true) {
					try {
						SSLSocket socket = (SSLSocket) listener.accept();
						new Thread(() -> serve(socket)).start();
					} catch (Exception e) {
						return;
					}
				}
			}).start();
		}
		System.out.println("ready");
	}
}
