// One listener for each configuration: server PORT NAME CERT KEY ...; it says "ready" once all listen.
package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
)

var configurations = map[string]*tls.Config{
	"plain": {},
	"narrow": {
		MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12,
		CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384},
		CurvePreferences: []tls.CurveID{tls.CurveP384, tls.X25519},
	},
	"old": {
		MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11,
		CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_256_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
			tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA},
		CurvePreferences: []tls.CurveID{tls.CurveP256},
	},
	"modern": {MinVersion: tls.VersionTLS13, NextProtos: []string{"h2", "http/1.1"},
		CurvePreferences: []tls.CurveID{tls.CurveP521, tls.CurveP256}},
}

func serve(conn net.Conn) {
	defer conn.Close()
	buffer := make([]byte, 4096)
	if n, err := conn.Read(buffer); err == nil && n > 0 {
		conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"))
	}
}

func main() {
	for i := 1; i+3 < len(os.Args); i += 4 {
		config := configurations[os.Args[i+1]]
		pair, err := tls.LoadX509KeyPair(os.Args[i+2], os.Args[i+3])
		if err != nil {
			panic(err)
		}
		config.Certificates = []tls.Certificate{pair}
		listener, err := tls.Listen("tcp", "127.0.0.1:"+os.Args[i], config)
		if err != nil {
			panic(err)
		}
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				go serve(conn)
			}
		}()
	}
	fmt.Println("ready")
	select {}
}
