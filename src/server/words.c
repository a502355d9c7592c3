/* Words of the servers' own languages, to tell a slip of the pen from a module that is not there: nginx 1.22 with its usual modules (and
 * http2, http3, quic of later ones), Apache httpd 2.4 by module, nginx's variables. HAProxy names the like itself. */
#include "server/words.h"

#include <string.h>
#include <strings.h>

static const char nginx[] =
	"absolute_redirect accept_mutex accept_mutex_delay access_log add_after_body add_before_body add_header "
	"add_trailer addition_types aio aio_write alias allow ancient_browser ancient_browser_value auth_basic "
	"auth_basic_user_file auth_delay auth_request auth_request_set autoindex autoindex_exact_size autoindex_format "
	"autoindex_localtime break charset charset_map charset_types chunked_transfer_encoding client_body_buffer_size "
	"client_body_in_file_only client_body_in_single_buffer client_body_temp_path client_body_timeout "
	"client_header_buffer_size client_header_timeout client_max_body_size connection_pool_size create_full_put_path "
	"daemon dav_access dav_methods debug_connection debug_points default_type deny directio directio_alignment "
	"disable_symlinks empty_gif env epoll_events error_log error_page events expires fastcgi_bind "
	"fastcgi_buffer_size fastcgi_buffering fastcgi_buffers fastcgi_busy_buffers_size fastcgi_cache "
	"fastcgi_cache_background_update fastcgi_cache_bypass fastcgi_cache_key fastcgi_cache_lock "
	"fastcgi_cache_lock_age fastcgi_cache_lock_timeout fastcgi_cache_max_range_offset fastcgi_cache_methods "
	"fastcgi_cache_min_uses fastcgi_cache_path fastcgi_cache_revalidate fastcgi_cache_use_stale fastcgi_cache_valid "
	"fastcgi_catch_stderr fastcgi_connect_timeout fastcgi_force_ranges fastcgi_hide_header "
	"fastcgi_ignore_client_abort fastcgi_ignore_headers fastcgi_index fastcgi_intercept_errors fastcgi_keep_conn "
	"fastcgi_limit_rate fastcgi_max_temp_file_size fastcgi_next_upstream fastcgi_next_upstream_timeout "
	"fastcgi_next_upstream_tries fastcgi_no_cache fastcgi_param fastcgi_pass fastcgi_pass_header "
	"fastcgi_pass_request_body fastcgi_pass_request_headers fastcgi_read_timeout fastcgi_request_buffering "
	"fastcgi_send_lowat fastcgi_send_timeout fastcgi_socket_keepalive fastcgi_split_path_info fastcgi_store "
	"fastcgi_store_access fastcgi_temp_file_write_size fastcgi_temp_path flv geo grpc_bind grpc_buffer_size "
	"grpc_connect_timeout grpc_hide_header grpc_ignore_headers grpc_intercept_errors grpc_next_upstream "
	"grpc_next_upstream_timeout grpc_next_upstream_tries grpc_pass grpc_pass_header grpc_read_timeout "
	"grpc_send_timeout grpc_set_header grpc_socket_keepalive grpc_ssl_certificate grpc_ssl_certificate_key "
	"grpc_ssl_ciphers grpc_ssl_conf_command grpc_ssl_crl grpc_ssl_name grpc_ssl_password_file grpc_ssl_protocols "
	"grpc_ssl_server_name grpc_ssl_session_reuse grpc_ssl_trusted_certificate grpc_ssl_verify grpc_ssl_verify_depth "
	"gunzip gunzip_buffers gzip gzip_buffers gzip_comp_level gzip_disable gzip_hash gzip_http_version "
	"gzip_min_length gzip_no_buffer gzip_proxied gzip_static gzip_types gzip_vary gzip_window http http2 "
	"http2_body_preread_size http2_chunk_size http2_idle_timeout http2_max_concurrent_pushes "
	"http2_max_concurrent_streams http2_max_field_size http2_max_header_size http2_max_requests http2_pool_size "
	"http2_push http2_push_preload http2_recv_buffer_size http2_recv_timeout http2_streams_index_size http3 if "
	"if_modified_since ignore_invalid_headers include index internal keepalive_disable keepalive_requests "
	"keepalive_time keepalive_timeout large_client_header_buffers least_conn limit_conn limit_conn_dry_run "
	"limit_conn_log_level limit_conn_status limit_conn_zone limit_except limit_rate_after limit_req "
	"limit_req_dry_run limit_req_log_level limit_req_status limit_req_zone lingering_close lingering_time "
	"lingering_timeout listen load_module location lock_file log_format log_not_found log_subrequest mail map "
	"map_hash_bucket_size map_hash_max_size master_process max_headers max_ranges memcached_bind "
	"memcached_buffer_size memcached_connect_timeout memcached_gzip_flag memcached_next_upstream "
	"memcached_next_upstream_timeout memcached_next_upstream_tries memcached_pass memcached_read_timeout "
	"memcached_send_timeout memcached_socket_keepalive merge_slashes min_delete_depth mirror mirror_request_body "
	"modern_browser modern_browser_value mp4 mp4_buffer_size mp4_max_buffer_size mp4_start_key_frame msie_padding "
	"msie_refresh multi_accept open_file_cache open_file_cache_errors open_file_cache_events "
	"open_file_cache_min_uses open_file_cache_valid open_log_file_cache output_buffers override_charset pcre_jit "
	"pid port_in_redirect post_action postpone_gzipping postpone_output preread_buffer_size preread_timeout "
	"proxy_bind proxy_buffer_size proxy_buffering proxy_buffers proxy_busy_buffers_size proxy_cache "
	"proxy_cache_background_update proxy_cache_bypass proxy_cache_convert_head proxy_cache_key proxy_cache_lock "
	"proxy_cache_lock_age proxy_cache_lock_timeout proxy_cache_max_range_offset proxy_cache_methods "
	"proxy_cache_min_uses proxy_cache_path proxy_cache_revalidate proxy_cache_use_stale proxy_cache_valid "
	"proxy_connect_timeout proxy_cookie_domain proxy_cookie_flags proxy_cookie_path proxy_download_rate "
	"proxy_downstream_buffer proxy_force_ranges proxy_half_close proxy_headers_hash_bucket_size "
	"proxy_headers_hash_max_size proxy_hide_header proxy_http_version proxy_ignore_client_abort "
	"proxy_ignore_headers proxy_intercept_errors proxy_limit_rate proxy_max_temp_file_size proxy_method "
	"proxy_next_upstream proxy_next_upstream_timeout proxy_next_upstream_tries proxy_no_cache proxy_pass "
	"proxy_pass_header proxy_pass_request_body proxy_pass_request_headers proxy_protocol proxy_protocol_timeout "
	"proxy_read_timeout proxy_redirect proxy_request_buffering proxy_requests proxy_responses proxy_send_lowat "
	"proxy_send_timeout proxy_set_body proxy_set_header proxy_socket_keepalive proxy_ssl proxy_ssl_certificate "
	"proxy_ssl_certificate_key proxy_ssl_ciphers proxy_ssl_conf_command proxy_ssl_crl proxy_ssl_name "
	"proxy_ssl_password_file proxy_ssl_protocols proxy_ssl_server_name proxy_ssl_session_reuse "
	"proxy_ssl_trusted_certificate proxy_ssl_verify proxy_ssl_verify_depth proxy_store proxy_store_access "
	"proxy_temp_file_write_size proxy_temp_path proxy_timeout proxy_upload_rate proxy_upstream_buffer quic random "
	"random_index read_ahead real_ip_header real_ip_recursive recursive_error_pages referer_hash_bucket_size "
	"referer_hash_max_size request_pool_size reset_timedout_connection resolver resolver_timeout return rewrite "
	"rewrite_log root satisfy scgi_bind scgi_buffer_size scgi_buffering scgi_buffers scgi_busy_buffers_size "
	"scgi_cache scgi_cache_background_update scgi_cache_bypass scgi_cache_key scgi_cache_lock scgi_cache_lock_age "
	"scgi_cache_lock_timeout scgi_cache_max_range_offset scgi_cache_methods scgi_cache_min_uses scgi_cache_path "
	"scgi_cache_revalidate scgi_cache_use_stale scgi_cache_valid scgi_connect_timeout scgi_force_ranges "
	"scgi_hide_header scgi_ignore_client_abort scgi_ignore_headers scgi_intercept_errors scgi_limit_rate "
	"scgi_max_temp_file_size scgi_next_upstream scgi_next_upstream_timeout scgi_next_upstream_tries scgi_no_cache "
	"scgi_param scgi_pass scgi_pass_header scgi_pass_request_body scgi_pass_request_headers scgi_read_timeout "
	"scgi_request_buffering scgi_send_timeout scgi_socket_keepalive scgi_store scgi_store_access "
	"scgi_temp_file_write_size scgi_temp_path secure_link secure_link_md5 secure_link_secret sendfile "
	"sendfile_max_chunk server server_name_in_redirect server_names_hash_bucket_size server_names_hash_max_size "
	"server_tokens set set_real_ip_from slice source_charset split_clients ssi_ignore_recycled_buffers "
	"ssi_last_modified ssi_min_file_chunk ssi_silent_errors ssi_types ssi_value_length ssl ssl_alpn ssl_buffer_size "
	"ssl_client_certificate ssl_dhparam ssl_early_data ssl_ecdh_curve ssl_engine ssl_handshake_timeout ssl_ocsp "
	"ssl_ocsp_cache ssl_ocsp_responder ssl_prefer_server_ciphers ssl_preread ssl_reject_handshake ssl_session_cache "
	"ssl_session_ticket_key ssl_session_tickets ssl_session_timeout ssl_stapling ssl_stapling_file "
	"ssl_stapling_responder ssl_stapling_verify ssl_verify_client stream stub_status sub_filter "
	"sub_filter_last_modified sub_filter_once sub_filter_types subrequest_output_buffer_size tcp_nodelay tcp_nopush "
	"thread_pool timer_resolution try_files types types_hash_bucket_size types_hash_max_size underscores_in_headers "
	"uninitialized_variable_warn upstream user userid userid_domain userid_expires userid_flags userid_mark "
	"userid_name userid_p3p userid_path userid_service uwsgi_bind uwsgi_buffer_size uwsgi_buffering uwsgi_buffers "
	"uwsgi_busy_buffers_size uwsgi_cache uwsgi_cache_background_update uwsgi_cache_bypass uwsgi_cache_key "
	"uwsgi_cache_lock uwsgi_cache_lock_age uwsgi_cache_lock_timeout uwsgi_cache_max_range_offset "
	"uwsgi_cache_methods uwsgi_cache_min_uses uwsgi_cache_path uwsgi_cache_revalidate uwsgi_cache_use_stale "
	"uwsgi_cache_valid uwsgi_connect_timeout uwsgi_force_ranges uwsgi_hide_header uwsgi_ignore_client_abort "
	"uwsgi_ignore_headers uwsgi_intercept_errors uwsgi_limit_rate uwsgi_max_temp_file_size uwsgi_modifier1 "
	"uwsgi_modifier2 uwsgi_next_upstream uwsgi_next_upstream_timeout uwsgi_next_upstream_tries uwsgi_no_cache "
	"uwsgi_param uwsgi_pass uwsgi_pass_header uwsgi_pass_request_body uwsgi_pass_request_headers uwsgi_read_timeout "
	"uwsgi_request_buffering uwsgi_send_timeout uwsgi_socket_keepalive uwsgi_ssl_certificate "
	"uwsgi_ssl_certificate_key uwsgi_ssl_ciphers uwsgi_ssl_conf_command uwsgi_ssl_crl uwsgi_ssl_name "
	"uwsgi_ssl_password_file uwsgi_ssl_protocols uwsgi_ssl_server_name uwsgi_ssl_session_reuse "
	"uwsgi_ssl_trusted_certificate uwsgi_ssl_verify uwsgi_ssl_verify_depth uwsgi_store uwsgi_store_access "
	"uwsgi_string uwsgi_temp_file_write_size uwsgi_temp_path valid_referers variables_hash_bucket_size "
	"variables_hash_max_size worker_aio_requests worker_connections worker_cpu_affinity worker_priority "
	"worker_processes worker_rlimit_core worker_rlimit_nofile worker_shutdown_timeout working_directory";

static const char variables[] =
	"host http_host server_name scheme request_uri uri args query_string remote_addr remote_user remote_port "
	"server_port server_addr server_protocol request request_method request_filename request_body request_time "
	"document_root document_uri is_args status body_bytes_sent bytes_sent connection connection_requests "
	"content_length content_type http_referer http_user_agent http_cookie http_x_forwarded_for "
	"http_x_forwarded_proto http_upgrade proxy_add_x_forwarded_for proxy_host proxy_port proxy_protocol_addr "
	"proxy_protocol_port realpath_root realip_remote_addr ssl_cipher ssl_client_cert ssl_client_escaped_cert "
	"ssl_client_fingerprint ssl_client_i_dn ssl_client_s_dn ssl_client_serial ssl_client_verify ssl_protocol "
	"ssl_server_name ssl_session_id ssl_session_reused time_iso8601 time_local msec upstream_addr upstream_status "
	"upstream_response_time upstream_cache_status https binary_remote_addr hostname nginx_version pid pipe "
	"limit_rate tcpinfo_rtt fastcgi_script_name fastcgi_path_info invalid_referer";

static const struct { const char *module, *words; } apache[] = {
	{ NULL,
	  "AcceptFilter AcceptPathInfo AccessFileName AddDefaultCharset AllowEncodedSlashes AllowOverride "
	  "AllowOverrideList AsyncRequestWorkerFactor CGIPassAuth CGIVar ContentDigest CoreDumpDirectory "
	  "DefaultRuntimeDir DefaultType Define Directory DirectoryMatch DocumentRoot Else ElseIf EnableMMAP "
	  "EnableSendfile Error ErrorDocument ErrorLog ErrorLogFormat ExtendedStatus FileETag Files FilesMatch "
	  "FlushMaxPipelined FlushMaxThreshold ForceType GracefulShutdownTimeout HostnameLookups HttpProtocolOptions If "
	  "IfDefine IfDirective IfFile IfModule IfSection Include IncludeOptional KeepAlive KeepAliveTimeout Limit "
	  "LimitExcept LimitInternalRecursion LimitRequestBody LimitRequestFields LimitRequestFieldsize LimitRequestLine "
	  "LimitXMLRequestBody Listen ListenBacklog ListenCoresBucketsRatio ListenTCPDeferAccept LoadFile LoadModule "
	  "Location LocationMatch LogLevel MaxClients MaxConnectionsPerChild MaxKeepAliveRequests MaxMemFree "
	  "MaxRangeOverlaps MaxRangeReversals MaxRanges MaxRequestWorkers MaxRequestsPerChild MaxSpareThreads "
	  "MergeSlashes MergeTrailers MinSpareThreads Mutex NameVirtualHost Options PidFile Port Protocol Protocols "
	  "ProtocolsHonorOrder QualifyRedirectURL RLimitCPU RLimitMEM RLimitNPROC ReadBufferSize ReceiveBufferSize "
	  "RegexDefaultOptions RegisterHttpMethod ScoreBoardFile SeeRequestTail SendBufferSize ServerAdmin ServerAlias "
	  "ServerLimit ServerName ServerPath ServerRoot ServerSignature ServerTokens SetHandler SetInputFilter "
	  "SetOutputFilter StartServers StrictHostCheck ThreadLimit ThreadStackSize ThreadsPerChild Timeout TraceEnable "
	  "UnDefine UseCanonicalName UseCanonicalPhysicalPort VirtualHost" },
	{ "ssl",
	  "SSLCACertificateFile SSLCACertificatePath SSLCADNRequestFile SSLCADNRequestPath SSLCARevocationCheck "
	  "SSLCARevocationFile SSLCARevocationPath SSLCertificateChainFile SSLCertificateFile SSLCertificateKeyFile "
	  "SSLCipherSuite SSLCompression SSLCryptoDevice SSLEngine SSLFIPS SSLHonorCipherOrder SSLInsecureRenegotiation "
	  "SSLLog SSLLogLevel SSLOCSPDefaultResponder SSLOCSPEnable SSLOCSPNoVerify SSLOCSPOverrideResponder "
	  "SSLOCSPProxyURL SSLOCSPResponderCertificateFile SSLOCSPResponderTimeout SSLOCSPResponseMaxAge "
	  "SSLOCSPResponseTimeSkew SSLOCSPUseRequestNonce SSLOpenSSLConfCmd SSLOptions SSLPassPhraseDialog SSLProtocol "
	  "SSLProxyCACertificateFile SSLProxyCACertificatePath SSLProxyCARevocationCheck SSLProxyCARevocationFile "
	  "SSLProxyCARevocationPath SSLProxyCheckPeerCN SSLProxyCheckPeerExpire SSLProxyCheckPeerName SSLProxyCipherSuite "
	  "SSLProxyEngine SSLProxyMachineCertificateChainFile SSLProxyMachineCertificateFile "
	  "SSLProxyMachineCertificatePath SSLProxyProtocol SSLProxyVerify SSLProxyVerifyDepth SSLRandomSeed "
	  "SSLRenegBufferSize SSLRequire SSLRequireSSL SSLSRPUnknownUserSeed SSLSRPVerifierFile SSLSessionCache "
	  "SSLSessionCacheTimeout SSLSessionTicketKeyFile SSLSessionTickets SSLStaplingCache SSLStaplingErrorCacheTimeout "
	  "SSLStaplingFakeTryLater SSLStaplingForceURL SSLStaplingResponderTimeout SSLStaplingResponseMaxAge "
	  "SSLStaplingResponseTimeSkew SSLStaplingReturnResponderErrors SSLStaplingStandardCacheTimeout "
	  "SSLStrictSNIVHostCheck SSLUseStapling SSLUserName SSLVHostSNIPolicy SSLVerifyClient SSLVerifyDepth" },
	{ "headers",
	  "Header RequestHeader" },
	{ "rewrite",
	  "RewriteBase RewriteCond RewriteEngine RewriteMap RewriteOptions RewriteRule" },
	{ "proxy",
	  "BalancerGrowth BalancerInherit BalancerMember BalancerPersist NoProxy Proxy Proxy100Continue ProxyAddHeaders "
	  "ProxyBadHeader ProxyBlock ProxyDomain ProxyErrorOverride ProxyIOBufferSize ProxyMatch ProxyMaxForwards "
	  "ProxyPass ProxyPassInherit ProxyPassInterpolateEnv ProxyPassMatch ProxyPassReverse "
	  "ProxyPassReverseCookieDomain ProxyPassReverseCookiePath ProxyPreserveHost ProxyReceiveBufferSize ProxyRemote "
	  "ProxyRemoteMatch ProxyRequests ProxySet ProxySourceAddress ProxyStatus ProxyTimeout ProxyVia" },
	{ "http2",
	  "H2CopyFiles H2Direct H2EarlyHint H2EarlyHints H2MaxDataFrameLen H2MaxHeaderBlockLen H2MaxSessionStreams "
	  "H2MaxStreamErrors H2MaxWorkerIdleSeconds H2MaxWorkers H2MinWorkers H2ModernTLSOnly H2OutputBuffering H2Padding "
	  "H2ProxyRequests H2Push H2PushDiarySize H2PushPriority H2PushResource H2SerializeHeaders H2SessionExtraFiles "
	  "H2StreamMaxMemSize H2StreamTimeout H2TLSCoolDownSecs H2TLSWarmUpSize H2Upgrade H2WebSockets H2WindowSize" },
	{ "alias",
	  "Alias AliasMatch AliasPreservePath Redirect RedirectMatch RedirectPermanent RedirectRelative RedirectTemp "
	  "ScriptAlias ScriptAliasMatch" },
	{ "deflate",
	  "DeflateAlterEtag DeflateBufferSize DeflateCompressionLevel DeflateFilterNote DeflateInflateLimitRequestBody "
	  "DeflateInflateRatioBurst DeflateInflateRatioLimit DeflateMemLevel DeflateWindowSize" },
	{ "expires",
	  "ExpiresActive ExpiresByType ExpiresDefault" },
	{ "remoteip",
	  "RemoteIPHeader RemoteIPInternalProxy RemoteIPInternalProxyList RemoteIPProxiesHeader RemoteIPProxyProtocol "
	  "RemoteIPProxyProtocolExceptions RemoteIPTrustedProxy RemoteIPTrustedProxyList" },
	{ "setenvif",
	  "BrowserMatch BrowserMatchNoCase SetEnvIf SetEnvIfExpr SetEnvIfNoCase" },
	{ "auth_basic",
	  "AuthBasicAuthoritative AuthBasicFake AuthBasicProvider AuthBasicUseDigestAlgorithm" },
	{ "authn_core",
	  "AuthName AuthType AuthnProviderAlias" },
	{ "authn_file",
	  "AuthUserFile" },
	{ "authz_core",
	  "AuthMerging AuthzProviderAlias AuthzSendForbiddenOnFailure Require RequireAll RequireAny RequireNone" },
	{ "access_compat",
	  "Satisfy allow deny order" },
	{ "dir",
	  "DirectoryCheckHandler DirectoryIndex DirectoryIndexRedirect DirectorySlash FallbackResource" },
	{ "mime",
	  "AddCharset AddEncoding AddHandler AddInputFilter AddLanguage AddOutputFilter AddType DefaultLanguage "
	  "ModMimeUsePathInfo MultiviewsMatch RemoveCharset RemoveEncoding RemoveHandler RemoveInputFilter RemoveLanguage "
	  "RemoveOutputFilter RemoveType TypesConfig" },
	{ "brotli",
	  "BrotliAlterETag BrotliCompressionMaxInputBlock BrotliCompressionQuality BrotliCompressionWindow "
	  "BrotliFilterNote" },
	{ "macro",
	  "Macro MacroIgnoreBadNesting MacroIgnoreEmptyArgs UndefMacro Use" },
	{ "cache",
	  "CacheDefaultExpire CacheDetailHeader CacheDisable CacheEnable CacheHeader CacheIgnoreCacheControl "
	  "CacheIgnoreHeaders CacheIgnoreNoLastMod CacheIgnoreQueryString CacheIgnoreURLSessionIdentifiers "
	  "CacheKeyBaseURL CacheLastModifiedFactor CacheLock CacheLockMaxAge CacheLockPath CacheMaxExpire CacheMinExpire "
	  "CacheQuickHandler CacheStaleOnError CacheStoreExpired CacheStoreNoStore CacheStorePrivate" },
	{ "cache_disk",
	  "CacheDirLength CacheDirLevels CacheMaxFileSize CacheMinFileSize CacheReadSize CacheReadTime CacheRoot" },
	{ "env",
	  "PassEnv SetEnv UnsetEnv" },
	{ "log_config",
	  "BufferedLogs CustomLog GlobalLog LogFormat TransferLog" },
	{ "info",
	  "AddModuleInfo" },
	{ "userdir",
	  "UserDir" },
	{ "include",
	  "SSIEndTag SSIErrorMsg SSIEtag SSILastModified SSILegacyExprParser SSIStartTag SSITimeFormat SSIUndefinedEcho "
	  "XBitHack" },
	{ "substitute",
	  "Substitute SubstituteInheritBefore SubstituteMaxLineLength" },
	{ "negotiation",
	  "CacheNegotiatedDocs ForceLanguagePriority LanguagePriority" },
	{ "autoindex",
	  "AddAlt AddAltByEncoding AddAltByType AddDescription AddIcon AddIconByEncoding AddIconByType DefaultIcon "
	  "FancyIndexing HeaderName IndexHeadInsert IndexIgnore IndexIgnoreReset IndexOptions IndexOrderDefault "
	  "IndexStyleSheet ReadmeName" },
	{ "filter",
	  "AddOutputFilterByType FilterChain FilterDeclare FilterProtocol FilterProvider FilterTrace" },
	{ "proxy_html",
	  "ProxyHTMLBufSize ProxyHTMLCharsetOut ProxyHTMLDoctype ProxyHTMLEnable ProxyHTMLEvents ProxyHTMLExtended "
	  "ProxyHTMLFixups ProxyHTMLInterp ProxyHTMLLinks ProxyHTMLMeta ProxyHTMLStripComments ProxyHTMLURLMap" },
	{ "proxy_fcgi",
	  "ProxyFCGIBackendType ProxyFCGISetEnvIf" },
	{ "unixd",
	  "ChrootDir Group Suexec User" },
	{ "reqtimeout",
	  "RequestReadTimeout" },
	{ "session",
	  "Session SessionEnv SessionExclude SessionExpiryUpdateInterval SessionHeader SessionInclude SessionMaxAge" },
	{ "ext_filter",
	  "ExtFilterDefine ExtFilterOptions" },
	{ "auth_digest",
	  "AuthDigestAlgorithm AuthDigestDomain AuthDigestNcCheck AuthDigestNonceLifetime AuthDigestProvider "
	  "AuthDigestQop AuthDigestShmemSize" },
	{ "dav",
	  "DAV DAVBasePath DAVDepthInfinity DAVLockDiscovery DAVMinTimeout" },
	{ "actions",
	  "Action Script" },
	{ "vhost_alias",
	  "VirtualDocumentRoot VirtualDocumentRootIP VirtualScriptAlias VirtualScriptAliasIP" },
	{ "md",
	  "MDBaseServer MDCAChallenges MDCertificateAgreement MDCertificateAuthority MDContactEmail MDDriveMode "
	  "MDHttpProxy MDMember MDMembers MDMessageCmd MDMustStaple MDNotifyCmd MDPortMap MDPrivateKeys MDRenewMode "
	  "MDRenewWindow MDRequireHttps MDStapling MDStoreDir MDomain MDomainSet" },
};

static bool is_word(const char *at, size_t n, const char *word)
{
	return strlen(word) == n && strncasecmp(at, word, n) == 0;
}

/* Steps from one word to the other, a step being a letter put in, left out, changed, or swapped with the next (Damerau); `most` + 1 where
 * it takes more. */
static unsigned distance(const char *a, size_t n_a, const char *b, size_t n_b, unsigned most)
{
	enum { LONGEST = 48 };
	unsigned rows[3][LONGEST + 1];

	if (n_a > LONGEST || n_b > LONGEST || n_a > n_b + most || n_b > n_a + most)
		return most + 1;
	for (size_t k = 0; k <= n_b; k++)
		rows[0][k] = (unsigned)k;
	for (size_t i = 1; i <= n_a; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t k = 1; k <= n_b; k++) {
			unsigned least = above[k - 1] + (a[i - 1] != b[k - 1]);

			if (above[k] + 1 < least)
				least = above[k] + 1;
			if (row[k - 1] + 1 < least)
				least = row[k - 1] + 1;
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] && before[k - 2] + 1 < least)
				least = before[k - 2] + 1;
			row[k] = least;
		}
	}
	return rows[n_a % 3][n_b];
}

struct nearest {
	struct arena *arena;
	const char *word, *found;
	unsigned distance;
	bool is_tied;                   /* another is as near: then none is named */
};

static void nearest_look(struct nearest *to, const char *list)
{
	for (const char *p = list; *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " "), n_word = strlen(to->word);
		unsigned d = distance(to->word, n_word, p, n, 2);

		/* Two steps make another word of a short one. */
		if (d <= (n_word < 6 ? 1u : 2u) && d <= to->distance) {
			to->is_tied = d == to->distance;
			to->distance = d;
			to->found = arena_strn(to->arena, p, n);
		}
		p += n;
	}
}

static const char *nearest_in(struct arena *arena, const char *word, const char *const *lists, size_t n)
{
	struct nearest to = { .arena = arena, .word = word, .distance = 3 };

	for (size_t i = 0; i < n; i++)
		nearest_look(&to, lists[i]);
	return to.is_tied ? NULL : to.found;
}

const char *words_nginx_like(struct arena *arena, const char *word)
{
	return nearest_in(arena, word, (const char *const[]){ nginx }, 1);
}

const char *words_variable_like(struct arena *arena, const char *word)
{
	return nearest_in(arena, word, (const char *const[]){ variables }, 1);
}

const char *words_haproxy_like(struct arena *arena, const char *word)
{
	static const char options[] = "allow-0rtt alpn ca-file ca-verify-file ca-ignore-err ca-sign-file ciphers ciphersuites client-sigalgs crl-file crt-ignore-err curves ecdhe no-alpn no-ca-names "
				      "npn ocsp-update sigalgs ssl-max-ver ssl-min-ver verify";

	return nearest_in(arena, word, (const char *const[]){ options }, 1);
}

const char *words_apache_like(struct arena *arena, const char *word)
{
	const char *lists[COUNT_OF(apache)];

	for (size_t i = 0; i < COUNT_OF(apache); i++)
		lists[i] = apache[i].words;
	return nearest_in(arena, word, lists, COUNT_OF(lists));
}

const char *words_apache_module(const char *directive)
{
	for (size_t i = 0; i < COUNT_OF(apache); i++)
		for (const char *p = apache[i].words; apache[i].module && *p; p += strspn(p, " ")) {
			size_t n = strcspn(p, " ");

			if (is_word(p, n, directive))
				return apache[i].module;
			p += n;
		}
	return NULL;
}
