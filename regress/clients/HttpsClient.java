import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/*
 * HttpsClient.java URL KEY: both HTTP clients that come with Java; what proxy
 * and whom to trust they learn from the system properties.
 */
public class HttpsClient {
	/* As the origin makes it. */
	static byte[]
	pattern(int n)
	{
		byte[]	 out = new byte[n];

		for (int i = 0; i < n; i++)
			out[i] = (byte)(32 + i % 95);
		return out;
	}

	static void
	expect(byte[] got, byte[] want, String what)
	{
		if (Arrays.equals(got, want))
			return;
		System.out.println(what + ": " + got.length + " bytes");
		System.exit(1);
	}

	static byte[]
	old(String url, byte[] body) throws IOException
	{
		HttpURLConnection	 c;

		c = (HttpURLConnection)new URL(url).openConnection();
		if (body != null) {
			c.setDoOutput(true);
			c.setChunkedStreamingMode(0);
			c.getOutputStream().write(body);
		}
		try (InputStream in = c.getInputStream()) {
			return in.readAllBytes();
		}
	}

	public static void
	main(String[] argv) throws Exception
	{
		String		 url = argv[0];
		byte[]		 text = ("{\"key\":\"" + argv[1] + "\"}")
				    .getBytes(StandardCharsets.UTF_8);
		HttpClient	 c = HttpClient.newHttpClient();
		HttpRequest	 r;

		for (String path : new String[] { "/bytes/", "/chunked/" })
			expect(old(url + path + "100000", null),
			    pattern(100000), path);
		expect(old(url + "/echo", pattern(300000)), pattern(300000),
		    "upload");
		/* It offers HTTP/2 and takes what it gets. */
		for (int n = 1; n < 10; n++) {
			r = HttpRequest.newBuilder(URI.create(url + "/bytes/" +
			    n)).build();
			expect(c.send(r, BodyHandlers.ofByteArray()).body(),
			    pattern(n), "bytes");
		}
		r = HttpRequest.newBuilder(URI.create(url + "/echo")).POST(
		    BodyPublishers.ofByteArray(text)).build();
		expect(c.send(r, BodyHandlers.ofByteArray()).body(), text,
		    "echo");
		System.out.println("done java");
	}
}
