module.exports = async (req, res) => {
    let text;

    try {
        text = await globalThis.fuzz?.();
    } catch (error) {
        text = `${error.stack}\n`;
    }

    res.end(text);
};
