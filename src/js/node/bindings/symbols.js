'use strict';

const { Symbol } = intrinsics;

module.exports = {
    __proto__: null,
    async_id_symbol: Symbol('async_id_symbol'),
    default_host_defined_options: Symbol('default_host_defined_options'),
    fs_use_promises_symbol: Symbol('fs_use_promises_symbol'),
    handle_onclose: Symbol('handle_onclose'),
    messaging_clone_symbol: Symbol('messaging_clone_symbol'),
    messaging_deserialize_symbol: Symbol('messaging_deserialize_symbol'),
    messaging_transfer_list_symbol: Symbol('messaging_transfer_list_symbol'),
    messaging_transfer_symbol: Symbol('messaging_transfer_symbol'),
    no_message_symbol: Symbol('no_message_symbol'),
    oninit: Symbol('oninit'),
    onpskexchange: Symbol('onpskexchange'),
    owner_symbol: Symbol('owner_symbol'),
    resource_symbol: Symbol('resource_symbol'),
    trigger_async_id_symbol: Symbol('trigger_async_id_symbol'),
    vm_dynamic_import_missing_flag: Symbol('vm_dynamic_import_missing_flag'),
};
