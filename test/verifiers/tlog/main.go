// Checks a running log with golang.org/x/mod/sumdb (tlog, note) alone: nothing of Keyfold's own code is used.
//
//	tlog <url of the admin-service> <verifier key> <old size>...
//
// KEYFOLD_TOKEN is a session with audit.read. It derives the root again from the entries and from the tiles, for the log as it is and for each
// old size; checks inclusion and consistency by the tiles and by the log's own proofs; and checks the cosignature and the tlog-proof file.
// Prints what it has checked as JSON; ends with 1 at the first thing that does not hold. TLOG_CORRUPT=tile or =entry flips a bit of what it has
// been served, as a dishonest server would.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

var base, token, corrupt string

func must(err error, what string) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

func fail(format string, values ...interface{}) {
	must(fmt.Errorf(format, values...), "refused")
}

func get(path string, signedIn bool) []byte {
	req, err := http.NewRequest("GET", base+path, nil)
	must(err, path)
	if signedIn {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	must(err, path)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(err, path)
	if res.StatusCode != 200 {
		fail("%s answered %d", path, res.StatusCode)
	}
	return body
}

// A cosigner's key: signature type 0x04, which sumdb/note leaves to the caller.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
	time uint64
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }
func (c *cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	c.time = binary.BigEndian.Uint64(sig)
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", c.time, msg)
	return ed25519.Verify(c.key, []byte(signed), sig[8:])
}

func openCosigner(log note.Verifier) *cosigner {
	n, err := note.Open(get("/v1/log/cosigner", false), note.VerifierList(log))
	must(err, "cosigner")
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[0] != "keyfold-cosigner/1" || lines[1] != log.Name() {
		fail("the cosigner's note says %q", n.Text)
	}
	parts := strings.SplitN(lines[2], "+", 3)
	key, err := base64.StdEncoding.DecodeString(parts[2])
	must(err, "the cosigner's key")
	if len(key) != 1+ed25519.PublicKeySize || key[0] != 4 {
		fail("the cosigner's key is of type %d", key[0])
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	hash := binary.BigEndian.Uint32(sum[:])
	if fmt.Sprintf("%08x", hash) != parts[1] {
		fail("the cosigner's key has another hash")
	}
	return &cosigner{name: parts[0], hash: hash, key: ed25519.PublicKey(key[1:])}
}

// Opens a checkpoint (C2SP tlog-checkpoint). How many of its signatures were known is part of the answer.
func openCheckpoint(msg []byte, verifiers ...note.Verifier) (tlog.Tree, int) {
	n, err := note.Open(msg, note.VerifierList(verifiers...))
	must(err, "checkpoint")
	lines := strings.Split(n.Text, "\n")
	if len(lines) < 4 || lines[0] != verifiers[0].Name() {
		fail("the checkpoint says %q", n.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err, "the checkpoint's size")
	hash, err := tlog.ParseHash(lines[2])
	must(err, "the checkpoint's root")
	return tlog.Tree{N: size, Hash: hash}, len(n.Sigs)
}

// Reads tiles from the log; tlog checks them against the tree before it uses them.
type tiles struct{ partial, full int }

func (t *tiles) Height() int                     { return tileHeight }
func (t *tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t *tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		data := get("/v1/log/"+strings.Replace(tile.Path(), "tile/8/", "tile/", 1), false)
		if tile.W < 1<<tileHeight {
			t.partial++
		} else {
			t.full++
		}
		if corrupt == "tile" {
			data[len(data)-1] ^= 1
		}
		all = append(all, data)
	}
	return all, nil
}

// The hashes of the tree, made from the entries alone.
type ownTree []tlog.Hash

func (o *ownTree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var all []tlog.Hash
	for _, index := range indexes {
		all = append(all, (*o)[index])
	}
	return all, nil
}

func (o *ownTree) add(n int64, entry []byte) {
	hashes, err := tlog.StoredHashes(n, entry, o)
	must(err, "an entry")
	*o = append(*o, hashes...)
}

func readEntries(size int64) (*ownTree, [][]byte) {
	tree := &ownTree{}
	var entries [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := size - n*256
		if width > 256 {
			width = 256
		}
		path := strings.Replace(tlog.Tile{H: 8, L: 0, N: n, W: int(width)}.Path(), "tile/8/0/", "tile/entries/", 1)
		bundle := get("/v1/log/"+path, true)
		for len(bundle) > 0 {
			length := int(binary.BigEndian.Uint16(bundle))
			entry := bundle[2 : 2+length]
			if corrupt == "entry" && len(entries) == 0 {
				entry[0] ^= 1
			}
			entries = append(entries, entry)
			tree.add(int64(len(entries)-1), entry)
			bundle = bundle[2+length:]
		}
	}
	if int64(len(entries)) != size {
		fail("%d entries instead of %d", len(entries), size)
	}
	return tree, entries
}

type proof struct {
	Hashes     [][]byte `json:"hashes"`
	Checkpoint string   `json:"checkpoint"`
}

func fetchProof(path string) ([]tlog.Hash, string) {
	var p proof
	must(json.Unmarshal(get(path, true), &p), path)
	var hashes []tlog.Hash
	for _, bytes := range p.Hashes {
		var h tlog.Hash
		copy(h[:], bytes)
		hashes = append(hashes, h)
	}
	return hashes, p.Checkpoint
}

func checkTlogProof(n int64, entry []byte, log note.Verifier) {
	text := get(fmt.Sprintf("/v1/events/%d/tlog-proof", n+1), true)
	at := bytes.Index(text, []byte("\n\n"))
	lines := strings.Split(string(text[:at]), "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" || lines[1] != fmt.Sprintf("index %d", n) {
		fail("the proof begins %q", lines[:2])
	}
	var path tlog.RecordProof
	for _, line := range lines[2:] {
		h, err := tlog.ParseHash(line)
		must(err, "a hash of the proof")
		path = append(path, h)
	}
	tree, _ := openCheckpoint(text[at+2:], log)
	must(tlog.CheckRecord(path, tree.N, tree.Hash, n, tlog.RecordHash(entry)), "the tlog-proof")
}

func main() {
	base, token, corrupt = os.Args[1], os.Getenv("KEYFOLD_TOKEN"), os.Getenv("TLOG_CORRUPT")
	log, err := note.NewVerifier(os.Args[2])
	must(err, "the verifier key")
	clock := openCosigner(log)
	tree, signatures := openCheckpoint(get("/v1/log/checkpoint", false), log, clock)
	if signatures != 2 {
		fail("the checkpoint has %d known signatures", signatures)
	}

	own, entries := readEntries(tree.N)
	root, err := tlog.TreeHash(tree.N, own)
	must(err, "the root")
	if root != tree.Hash {
		fail("the entries give another root than the checkpoint's")
	}
	reader := &tiles{}
	served := tlog.TileHashReader(tree, reader)
	root, err = tlog.TreeHash(tree.N, served)
	must(err, "the tiles")
	if root != tree.Hash {
		fail("the tiles give another root than the checkpoint's")
	}

	inclusions := 0
	for n := int64(0); n < tree.N; n += 1 + tree.N/97 {
		path, err := tlog.ProveRecord(tree.N, n, served)
		must(err, "inclusion by the tiles")
		must(tlog.CheckRecord(path, tree.N, tree.Hash, n, tlog.RecordHash(entries[n])), "inclusion by the tiles")
		given, note := fetchProof(fmt.Sprintf("/v1/events/%d/proof?treeSize=%d", n+1, tree.N))
		must(tlog.CheckRecord(given, tree.N, tree.Hash, n, tlog.RecordHash(entries[n])), "inclusion by the log")
		if signed, _ := openCheckpoint([]byte(note), log); signed != tree {
			fail("the proof has another checkpoint")
		}
		checkTlogProof(n, entries[n], log)
		inclusions++
	}

	consistencies := 0
	for _, arg := range os.Args[3:] {
		size, err := strconv.ParseInt(arg, 10, 64)
		must(err, "an old size")
		oldRoot, err := tlog.TreeHash(size, own)
		must(err, "an old root")
		// By the tiles that belong to that size, partial ones included.
		again, err := tlog.TreeHash(size, tlog.TileHashReader(tlog.Tree{N: size, Hash: oldRoot}, reader))
		must(err, "the tiles of an old size")
		if again != oldRoot {
			fail("the tiles of size %d give another root", size)
		}
		path, err := tlog.ProveTree(tree.N, size, served)
		must(err, "consistency by the tiles")
		must(tlog.CheckTree(path, tree.N, tree.Hash, size, oldRoot), "consistency by the tiles")
		given, _ := fetchProof(fmt.Sprintf("/v1/log/consistency?from=%d&to=%d", size, tree.N))
		must(tlog.CheckTree(given, tree.N, tree.Hash, size, oldRoot), "consistency by the log")
		consistencies++
	}
	must(json.NewEncoder(os.Stdout).Encode(map[string]interface{}{
		"size": tree.N, "root": tree.Hash.String(), "cosignedAt": clock.time, "inclusions": inclusions,
		"consistencies": consistencies, "partialTiles": reader.partial, "fullTiles": reader.full,
	}), "output")
}
