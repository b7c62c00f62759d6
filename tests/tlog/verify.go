// Verifies a log of static files (c2sp.org/tlog-tiles) with golang.org/x/mod/sumdb, the code that
// Go's own module proxy log is verified with. What is here fits the two together: sumdb has its
// tiles below tile/8/, and knows bundles of entries in no format.
//
//	verify DIR               the signature, the root from the tiles, and every entry
//	verify DIR flip N SEED   and that no changed byte passes: N of them, or all of them for 0
//
// Build: GO111MODULE=off GOPATH=/usr/share/gocode go build verify.go
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io/fs"
	"math/rand"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const width = 256

// What the log serves, by path.
type files map[string][]byte

func (f files) Height() int                     { return 8 }
func (f files) SaveTiles([]tlog.Tile, [][]byte) {}
func (f files) get(path string) ([]byte, error) {
	if data, ok := f[path]; ok {
		return data, nil
	}
	return nil, fmt.Errorf("no %s", path)
}

func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range tiles {
		data, err := f.get(strings.Replace(tile.Path(), "tile/8/", "tile/", 1))
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}

func load(dir string) (files, error) {
	out := files{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || (name != "checkpoint" && !strings.HasPrefix(name, "tile/")) {
			return err
		}
		out[name], err = os.ReadFile(path)
		return err
	})
	return out, err
}

// The tree that the checkpoint states, when the key signed it.
func open(f files, key note.Verifier) (tree tlog.Tree, signed *note.Note, err error) {
	data, err := f.get("checkpoint")
	if err != nil {
		return tree, nil, err
	}
	signed, err = note.Open(data, note.VerifierList(key))
	if err != nil {
		return tree, nil, err
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != key.Name() {
		return tree, nil, fmt.Errorf("another log's checkpoint, or with lines that are not ours")
	}
	tree.N, err = strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tree, nil, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, signed, err
}

// The root, from the tiles of the right edge.
func checkRoot(f files, tree tlog.Tree) error {
	if tree.N == 0 { // an empty tree has no tile
		empty, err := tlog.ParseHash("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
		if err == nil && empty != tree.Hash {
			err = fmt.Errorf("another root than the empty tree's")
		}
		return err
	}
	root, err := tlog.TreeHash(tree.N, tlog.TileHashReader(tree, f))
	if err == nil && root != tree.Hash {
		err = fmt.Errorf("another root")
	}
	return err
}

// Every entry of a bundle, against the tile of its hashes; and a proof for one of them, into which
// every hash of the tiles above it goes but those on its own way up. TileHashReader alone would not do: of the tiles that it
// fetches it leaves out as many as the right edge has subtrees more than tiles.
func checkBundle(f files, tree tlog.Tree, bundle int64) error {
	tile := tlog.Tile{H: 8, L: 0, N: bundle, W: width}
	if left := tree.N - bundle*width; left < width {
		tile.W = int(left)
	}
	data, err := f.get(strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1))
	if err != nil {
		return err
	}
	var indexes []int64
	for i := 0; i < tile.W; i++ {
		indexes = append(indexes, tlog.StoredHashIndex(0, bundle*width+int64(i)))
	}
	reader := tlog.TileHashReader(tree, f)
	hashes, err := reader.ReadHashes(indexes)
	if err != nil {
		return err
	}
	for i, hash := range hashes {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return fmt.Errorf("bundle %d ends in entry %d", bundle, i)
		}
		size := int(binary.BigEndian.Uint16(data))
		if tlog.RecordHash(data[2:2+size]) != hash {
			return fmt.Errorf("entry %d of bundle %d is another", i, bundle)
		}
		data = data[2+size:]
	}
	if len(data) != 0 {
		return fmt.Errorf("bundle %d goes on behind its last entry", bundle)
	}
	proof, err := tlog.ProveRecord(tree.N, bundle*width, reader)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, bundle*width, hashes[0])
}

// Of a path and a byte in it: bundles whose verification reads it. A hash above level 0 goes into no
// proof for what lies below itself, but into those for its neighbour.
func bundlesOver(path string, offset int) []int64 {
	level, rest := 0, ""
	if strings.HasPrefix(path, "tile/entries/") {
		rest = strings.TrimPrefix(path, "tile/entries/")
	} else {
		parts := strings.SplitN(path, "/", 3)
		level, _ = strconv.Atoi(parts[1])
		rest = parts[2]
	}
	rest, _, _ = strings.Cut(rest, ".p/")
	n, _ := strconv.ParseInt(strings.NewReplacer("x", "", "/", "").Replace(rest), 10, 64)
	if level == 0 {
		return []int64{n}
	}
	n = n*width + int64(offset/tlog.HashSize)
	neighbour := n ^ 1
	for ; level > 1; level-- {
		n *= width
		neighbour *= width
	}
	return []int64{n, neighbour}
}

// Whether two notes say the same in two spellings: base64 has bits that decoders ignore.
func isSame(a, b *note.Note) bool {
	x, _ := base64.StdEncoding.DecodeString(a.Sigs[0].Base64)
	y, _ := base64.StdEncoding.DecodeString(b.Sigs[0].Base64)
	return a.Text == b.Text && string(x) == string(y)
}

// Changes one bit and says whether that is noticed.
func noticed(f files, key note.Verifier, right *note.Note, path string, offset int, bit uint) bool {
	data := f[path]
	data[offset] ^= 1 << bit
	defer func() { data[offset] ^= 1 << bit }()
	tree, signed, err := open(f, key)
	if err != nil || (path == "checkpoint" && isSame(signed, right)) {
		return true
	}
	if checkRoot(f, tree) != nil {
		return true
	}
	if path == "checkpoint" {
		return false
	}
	for _, bundle := range bundlesOver(path, offset) {
		if bundle*width < tree.N && checkBundle(f, tree, bundle) != nil {
			return true
		}
	}
	return false
}

func flip(f files, key note.Verifier, right *note.Note, count int, seed int64) int {
	var paths []string
	total := 0
	for path, data := range f {
		paths = append(paths, path)
		total += len(data)
	}
	sort.Strings(paths)
	one := func(path string, offset int, bit uint) {
		if !noticed(f, key, right, path, offset, bit) {
			fail(fmt.Errorf("not noticed: %s byte %d bit %d", path, offset, bit))
		}
	}
	if count == 0 {
		for _, path := range paths {
			for offset := range f[path] {
				one(path, offset, uint(offset%8))
			}
		}
		for offset := range f["checkpoint"] {
			for bit := uint(0); bit < 8; bit++ {
				one("checkpoint", offset, bit)
			}
		}
		return total
	}
	random := rand.New(rand.NewSource(seed))
	for i := 0; i < count; i++ {
		at := random.Intn(total)
		for _, path := range paths {
			if at < len(f[path]) {
				one(path, at, uint(random.Intn(8)))
				break
			}
			at -= len(f[path])
		}
	}
	return count
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "verify:", err)
	os.Exit(1)
}

func main() {
	vkey, err := os.ReadFile(filepath.Join(os.Args[1], "vkey"))
	if err != nil {
		fail(err)
	}
	key, err := note.NewVerifier(string(vkey))
	if err != nil {
		fail(err)
	}
	f, err := load(os.Args[1])
	if err != nil {
		fail(err)
	}
	tree, signed, err := open(f, key)
	if err != nil {
		fail(err)
	}
	if err := checkRoot(f, tree); err != nil {
		fail(err)
	}
	for bundle := int64(0); bundle*width < tree.N; bundle++ {
		if err := checkBundle(f, tree, bundle); err != nil {
			fail(err)
		}
	}
	flips := 0
	if len(os.Args) == 5 && os.Args[2] == "flip" {
		count, _ := strconv.Atoi(os.Args[3])
		seed, _ := strconv.ParseInt(os.Args[4], 10, 64)
		flips = flip(f, key, signed, count, seed)
	}
	fmt.Printf("%d entries in %d files, %d changes noticed\n", tree.N, len(f), flips)
}
