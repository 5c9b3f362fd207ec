// The wallet in the browser, where there is one (EIP-1193): it fills in what one can also write by hand.
import { toast } from "./toast.js";

const DECLINED = 4001;

// Its buttons are drawn only where there is a wallet; some say late that they are there.
export function watchBrowserWallet() {
  const found = () => document.documentElement.toggleAttribute("data-browser-wallet", true);
  if (window.ethereum) found();
  window.addEventListener("ethereum#initialized", found, { once: true });
}

export async function askBrowserWallet(button) {
  const [address] = await asked({ method: "eth_requestAccounts" });
  if (!address) return;
  button.form.elements.address.value = address;
  button.form.requestSubmit();
}

export async function signInBrowserWallet(button) {
  const { signature, password } = button.form.elements;
  const text = document.getElementById(button.dataset.walletSign).textContent;
  const bytes = [...new TextEncoder().encode(text)];
  const hex = "0x" + bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const [signed] = await asked({ method: "personal_sign", params: [hex, button.dataset.address] });
  if (!signed) return;
  signature.value = signed;
  password.focus();
}

// A list, empty where the wallet said no.
async function asked(request) {
  try {
    return [await window.ethereum.request(request)].flat();
  } catch (error) {
    toast(error.code === DECLINED ? "Your wallet was not asked further." : `Your wallet says: ${error.message}`);
    return [];
  }
}
