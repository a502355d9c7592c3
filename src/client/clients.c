/* The table of client models. */
#include "client/chain.h"

static const struct client rows[] = {
	{ .id = "chrome", .title = "Chrome", .version = "156", .hello = "chrome_156", .is_mainstream = true, .chain = chain_chrome },
	{ .id = "firefox", .title = "Firefox", .version = "153", .hello = "firefox_153", .is_mainstream = true, .chain = chain_firefox },
	{ .id = "safari", .title = "Safari", .version = "26", .hello = "safari_26", .is_mainstream = true, .chain = chain_safari },
	{ .id = "curl", .title = "curl", .version = "7.88", .hello = "curl_7_88", .is_mainstream = true, .chain = chain_openssl_curl },
	{ .id = "openssl", .title = "openssl", .version = "3.0", .hello = "openssl_3_0", .chain = chain_openssl },
	{ .id = "gnutls", .title = "gnutls-cli", .version = "3.7", .hello = "gnutls_3_7", .chain = chain_gnutls },
	{ .id = "go", .title = "Go", .version = "1.19", .hello = "go_1_19", .chain = chain_go },
	{ .id = "java", .title = "Java", .version = "17", .hello = "java_17", .chain = chain_java },
	{ .id = "node", .title = "Node.js", .version = "20", .hello = "node_20", .chain = chain_openssl_node },
	{ .id = "python", .title = "Python", .version = "3.11", .hello = "python_3_11", .chain = chain_openssl_python },
	{ .id = "dotnet", .title = ".NET", .version = "8", .hello = "schannel_win11", .chain = chain_dotnet },
};

const struct client *const clients[] = {
	&rows[0], &rows[1], &rows[2], &rows[3], &rows[4], &rows[5], &rows[6], &rows[7], &rows[8], &rows[9], &rows[10], NULL,
};
