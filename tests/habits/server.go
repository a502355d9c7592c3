// One listener for each configuration: server DIR PORT NAME ...; it says "ready" once all listen.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
)

func read(name string) []byte {
	data, err := os.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return data
}

func main() {
	folder := os.Args[1]
	pair, err := tls.LoadX509KeyPair(folder+"/rsa.crt", folder+"/rsa.key")
	if err != nil {
		panic(err)
	}
	stapled := pair
	stapled.OCSPStaple = read(folder + "/ocsp.der")
	stapled.SignedCertificateTimestamps = [][]byte{make([]byte, 60), make([]byte, 70)}
	clients := x509.NewCertPool()
	clients.AppendCertsFromPEM(read(folder + "/clients.pem"))
	configurations := map[string]*tls.Config{
		"plain":    {Certificates: []tls.Certificate{pair}},
		"quiet":    {Certificates: []tls.Certificate{stapled}, SessionTicketsDisabled: true, NextProtos: []string{"http/1.1"}},
		"required": {Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients},
		"asked":    {Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert, MaxVersion: tls.VersionTLS12},
	}
	hello := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("well")) })
	for i := 2; i+1 < len(os.Args); i += 2 {
		config := configurations[os.Args[i+1]]
		if config.MaxVersion == 0 {
			config.MinVersion = tls.VersionTLS12
		} else {
			config.MinVersion = tls.VersionTLS10
		}
		listener, err := tls.Listen("tcp", "127.0.0.1:"+os.Args[i], config)
		if err != nil {
			panic(err)
		}
		go http.Serve(listener, hello)
	}
	fmt.Println("ready")
	select {}
}
