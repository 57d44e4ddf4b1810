# Rules added to nginx's Makefile: the C++ of src/v8 with flags of its own,
# the JavaScript embedded in the module, and the table of media types.

cat << END                                                    >> $NGX_MAKEFILE

INVOKE_RPATH =	$INVOKE_RPATH

$NGX_OBJS/ngx_invoke_module.so:	$INVOKE_OBJS

.PHONY:	invoke_force

$INVOKE_GEN/ngx_invoke_js_files.S:	invoke_force
	perl $ngx_addon_dir/util/lib/embed-js \\
		${INVOKE_JS:-$ngx_addon_dir/src/js} $INVOKE_NODE_LIB \\
		$INVOKE_NPM_LIB \\
		$INVOKE_GEN/ngx_invoke_js_files

$INVOKE_GEN/ngx_invoke_js_files.o:	$INVOKE_GEN/ngx_invoke_js_files.S
	\$(CC) -c -o \$@ $INVOKE_GEN/ngx_invoke_js_files.S

$INVOKE_GEN/ngx_invoke_mime_table.h:	$ngx_addon_dir/util/lib/embed-mime \\
		$INVOKE_MIME_DB/db.json
	perl $ngx_addon_dir/util/lib/embed-mime $INVOKE_MIME_DB/db.json \\
		> \$@.tmp
	mv \$@.tmp \$@

$NGX_OBJS/addon/core/ngx_invoke_mime.o:	$INVOKE_GEN/ngx_invoke_mime_table.h

-include $NGX_OBJS/addon/*/*.d $INVOKE_GEN/*.d

END

for ngx_src in $INVOKE_V8_SRCS; do
    ngx_obj=$INVOKE_GEN/`basename $ngx_src .cc`.o

    cat << END                                                >> $NGX_MAKEFILE

$ngx_obj:	$ngx_src $ngx_addon_dir/config
	$INVOKE_CXX -c $INVOKE_CXXFLAGS -MMD -MP -I$ngx_addon_dir/src/v8 \\
		-isystem $INVOKE_V8_INC -o \$@ $ngx_src

END

done
