// https_client.go URL KEY: what a Go program does with net/http, which reads
// the environment for its proxy and its roots.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
)

// As the origin makes it.
func pattern(n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(32 + i%95)
	}
	return out
}

func expect(r *http.Response, err error, want []byte) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	got, err := io.ReadAll(r.Body)
	r.Body.Close()
	if err != nil || !bytes.Equal(got, want) {
		fmt.Println(r.Status, len(got), "bytes", err)
		os.Exit(1)
	}
}

func main() {
	url, key := os.Args[1], os.Args[2]

	for _, path := range []string{"/bytes/", "/chunked/", "/close/"} {
		r, err := http.Get(url + path + "100000")
		expect(r, err, pattern(100000))
	}
	r, err := http.Post(url+"/echo", "application/json",
		strings.NewReader(`{"key":"`+key+`"}`))
	expect(r, err, []byte(`{"key":"`+key+`"}`))
	// no length known: chunked
	r, err = http.Post(url+"/echo", "application/octet-stream",
		io.MultiReader(bytes.NewReader(pattern(300000))))
	expect(r, err, pattern(300000))
	var all sync.WaitGroup
	for i := 0; i < 20; i++ {
		all.Add(1)
		go func(n int) {
			defer all.Done()
			r, err := http.Get(fmt.Sprint(url, "/bytes/", n))
			expect(r, err, pattern(n))
		}(5000 + i)
	}
	all.Wait()
	fmt.Println("done go")
}
