# The peer that compiles: ninja with the sources, headers, flags and libraries of a built package. Read with `source` after enterprise.sh.

# ninja_project FOLDER PACKAGE KIND: KIND is plain, precompiled (the SDK's header, as packwright does it) or ccache.
ninja_project() {
    local folder=$1 from flags compile=gcc search="-Iinclude -I$ROOT/sdk/include" after="" library source stem objects log
    from=$(area "$2")
    rm -rf "$folder"
    mkdir -p "$folder"
    cp -r "$from/source" "$from/include" "$folder"
    # The first line of a compile log is the compiler's, its flags and -c.
    log=$(find "$from/CompileLogs" -name '*.log' | head -1)
    flags=$(sed -n '1s/^gcc -m64 \(.*\) -c .*$/\1/p' "$log")
    [ -n "$flags" ] || fail "$log does not tell the flags"
    [ "$3" != ccache ] || compile="ccache gcc"
    [ "$3" != precompiled ] || { search="-Iprecompiled $search"; after=" || precompiled/jde.h.gch"; }
    {
        printf 'rule compile\n command = %s %s -c $in -o $out %s\n' "$compile" "$flags" "$search"
        printf 'rule link\n command = gcc -shared -fPIC -Wl,-Bsymbolic -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-soname,$name -o $out $in -lm\n'
        if [ "$3" = precompiled ]; then
            printf 'rule precompile\n command = gcc %s -x c-header $in -o $out\n' "$flags"
            printf 'build precompiled/jde.h.gch: precompile %s\n' "$ROOT/sdk/include/jde.h"
        fi
        for library in "$folder"/source/*/; do
            library=$(basename "$library")
            objects=""
            for source in "$folder/source/$library"/*.c; do
                stem=$(basename "$source" .c)
                objects="$objects objects/$library/$stem.o"
                printf 'build objects/%s/%s.o: compile source/%s/%s.c%s\n' "$library" "$stem" "$library" "$stem" "$after"
            done
            printf 'build libraries/lib%s.so: link%s\n name = lib%s.so\n' "${library,,}" "$objects" "${library,,}"
        done
    } >"$folder/build.ninja"
}

ninja_build() { ninja -C "$1" -j2 --quiet; }

# same FOLDER PACKAGE: fails unless ninja's objects and libraries are the package's, byte for byte.
same() {
    local ours objects libraries
    ours=$(area "$2")
    diff -rq "$1/objects" "$ours/obj64" >&2 && diff -rq "$1/libraries" "$ours/bin64" >&2 || fail "the objects differ"
    objects=$(find "$ours/obj64" -name '*.o' | wc -l)
    libraries=$(find "$ours/bin64" -name '*.so' | wc -l)
    echo "$objects objects and $libraries libraries are byte for byte the same"
}
