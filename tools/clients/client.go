// client LIST ROOTS: what Go's net/http says of each URL. LIST holds lines "NAME URL SECONDS".
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

func said(url string, seconds int, roots *x509.CertPool) string {
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true, DisableKeepAlives: true}
	client := http.Client{Timeout: time.Duration(seconds) * time.Second, Transport: transport}
	response, err := client.Get(url)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err.Error()
	}
	return "ok"
}

func main() {
	roots := x509.NewCertPool()
	pem, err := os.ReadFile(os.Args[2])
	if err != nil || !roots.AppendCertsFromPEM(pem) {
		fmt.Fprintln(os.Stderr, "client: no roots in", os.Args[2])
		os.Exit(2)
	}
	list, err := os.Open(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	turns := make(chan bool, 6)
	lines := bufio.NewScanner(list)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		seconds, _ := strconv.Atoi(words[2])
		turns <- true
		go func() {
			text := said(words[1], seconds, roots)
			line, _ := json.Marshal([]string{words[0], text})
			os.Stdout.Write(append(line, '\n'))
			<-turns
		}()
	}
	for i := 0; i < cap(turns); i++ {
		turns <- true
	}
}
