/** A button that asks the phone for a picture: from the gallery, or with the camera. The native field lies over it. */
import { Icon, type IconName } from "./Icon.tsx";

interface FileButtonProps {
  label: string;
  icon: IconName;
  accept: string;
  /** Opens the camera. */
  camera?: boolean;
  onFile: (file: File) => void;
}

export function FileButton({ label, icon, accept, camera, onFile, ...rest }: FileButtonProps) {
  return (
    <label class="button button-plain file-button">
      <Icon name={icon} />
      <span>{label}</span>
      <input
        {...rest}
        type="file"
        accept={accept}
        {...(camera === true ? { capture: "environment" as const } : {})}
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          // The same file may be chosen once more.
          currentTarget.value = "";
          if (file !== undefined) onFile(file);
        }}
      />
    </label>
  );
}
